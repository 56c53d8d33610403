{{ appointments_by_area(
    'fct_appointment_categories_daily',
    ['appointment_date', 'appointment_month', 'service_setting', 'context_type', 'national_category']
) }}
