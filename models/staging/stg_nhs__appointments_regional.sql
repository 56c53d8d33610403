{{ staged_appointments('appointments_regional') }}
