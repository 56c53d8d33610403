{{ label_dimension('hcp_type', 'stg_nhs__appointments_regional') }}
