{{ label_dimension('service_setting', 'stg_nhs__national_categories') }}
