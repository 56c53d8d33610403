{{ appointments_by_area(
    'fct_appointments_monthly',
    ['appointment_month', 'appointment_status', 'hcp_type', 'appointment_mode', 'lead_time_band']
) }}
