{{ appointments_by_area(
    'fct_appointments_by_role_daily',
    ['appointment_date', 'appointment_month', 'sds_role_group']
) }}
