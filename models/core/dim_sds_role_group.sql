{{ label_dimension('sds_role_group') }}
