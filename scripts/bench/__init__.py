"""What the benchmark measures, a module per kind of measurement."""
