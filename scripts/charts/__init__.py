"""The docs site's charts of a published warehouse: a module per question, named like its folder below models/marts.

Each picture's title says what was found, its subtitle unit and period, its footer the source and whether the data is
synthetic; what is drawn is labelled where it is drawn. Everything comes from the published marts by SQL: nothing is
computed here. A question without a module has no chart there.
"""

import importlib
import pkgutil
from types import ModuleType

from database import Warehouse

from charts.house import Picture


def questions() -> list[ModuleType]:
    """Return the modules of the questions that have a chart, by name."""
    names = sorted(module.name for module in pkgutil.iter_modules(__path__) if module.name != "house")
    return [importlib.import_module(f"charts.{name}") for name in names]


def draw(warehouse: Warehouse) -> dict[str, Picture]:
    """Draw every chart of the published file, by the mart that each is drawn from and documented with.

    A question whose raw table is missing has none.
    """
    pictures = {question.MART: question.draw(warehouse) for question in questions()}
    return {mart: picture for mart, picture in pictures.items() if picture}
