{{ label_dimension('appointment_mode') }}
