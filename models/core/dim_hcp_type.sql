{{ label_dimension('hcp_type') }}
