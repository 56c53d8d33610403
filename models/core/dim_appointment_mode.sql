{{ label_dimension('appointment_mode', 'stg_nhs__appointments_regional') }}
