{{ monthly_appointments('appointments_by_pcn_system') }}
