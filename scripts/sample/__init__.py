"""The SQL that invents the synthetic sample, the totals that it is invented from, and what runs it."""
