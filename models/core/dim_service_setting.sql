{{ label_dimension('service_setting') }}
