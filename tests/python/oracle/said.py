"""A built warehouse to ask, for the sentences that are put together a second time."""

from typing import Any

import duckdb


class Asked:
    """A built warehouse to ask: one value, one row or many."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self.connection = connection

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        return self.connection.execute(query).fetchall()

    def row(self, query: str) -> tuple[Any, ...]:
        (row,) = self.rows(query)
        return row

    def mart(self, mart: str, where: str) -> dict[str, Any]:
        """The only row of a mart that meets a condition, by column name."""
        cursor = self.connection.execute(f"from marts.{mart} where {where}")
        names = [column[0] for column in cursor.description]
        (row,) = cursor.fetchall()
        return dict(zip(names, row, strict=True))

    def period(self, raw_table: str) -> str:
        """The months of a raw table in words, from the facts rather than from the profile."""
        fact = {
            "appointments_regional": "fct_appointments_monthly",
            "actual_duration": "fct_appointment_durations_daily",
            "national_categories": "fct_appointment_categories_daily",
            "appointments_by_role": "fct_appointments_by_role_daily",
            "appointments_by_pcn_system": "fct_appointments_in_pcn_systems_monthly",
        }[raw_table]
        first, last = self.row(f"select min(appointment_month), max(appointment_month) from core.{fact}")
        return f"From {first:%B %Y} to {last:%B %Y}"


def percent(share: float) -> str:
    """A share of 1 as a percentage with one decimal."""
    return f"{100 * share:.1f}%"
