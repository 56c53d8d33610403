{{ appointments_by_area(
    'fct_appointment_durations_daily',
    ['appointment_date', 'appointment_month', 'duration_band']
) }}
