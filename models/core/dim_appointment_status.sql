{{ label_dimension('appointment_status', 'stg_nhs__appointments_regional') }}
