{{ label_dimension('context_type', 'stg_nhs__national_categories') }}
