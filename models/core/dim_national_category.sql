{{ label_dimension('national_category', 'stg_nhs__national_categories') }}
