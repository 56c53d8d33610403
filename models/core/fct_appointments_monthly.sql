{{ monthly_appointments('appointments_regional') }}
