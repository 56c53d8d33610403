{{ appointments_by_area('fct_appointments_in_pcn_systems_monthly', ['appointment_month']) }}
