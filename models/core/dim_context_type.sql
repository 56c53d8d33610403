{{ label_dimension('context_type') }}
