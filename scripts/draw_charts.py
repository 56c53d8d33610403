"""Draw the docs site's charts into files of their own, for slides and for the README."""

import argparse
import sys
from pathlib import Path

import charts
from database import Warehouse
from progress import complain


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("output", type=Path, help="folder for one file per chart")
    parser.add_argument("--warehouse", type=Path, default=Path("warehouse/nhs_gp_appointments.duckdb"))
    parser.add_argument("--format", choices=["svg", "png"], default="svg", help="(default: %(default)s)")
    options = parser.parse_args(arguments)
    if not options.warehouse.exists():
        complain(f"{options.warehouse}: no published warehouse there. Run `make build`.")
        return 2
    options.output.mkdir(parents=True, exist_ok=True)
    for mart, picture in charts.draw(Warehouse(options.warehouse)).items():
        picture.chart.save(options.output / f"{mart}.{options.format}", scale_factor=2)
    return 0


if __name__ == "__main__":
    sys.exit(main())
