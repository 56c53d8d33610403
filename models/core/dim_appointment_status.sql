{{ label_dimension('appointment_status') }}
