"""A second calculation of every mart, from the raw files, sharing nothing with the SQL models."""
