{{ label_dimension('national_category') }}
