"""What commands that take long say while they work: a line per step and how long it took, and errors in red."""

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

import click


def wants_colour(stream: TextIO) -> bool:
    """Whether colours may go there: to a terminal, where NO_COLOR (no-color.org) does not forbid them."""
    return stream.isatty() and not os.environ.get("NO_COLOR")


@contextmanager
def step(words: str) -> Iterator[None]:
    """Say what is being done and, once it is done, how long it took."""
    print(words, flush=True)
    begun = time.monotonic()
    yield
    print(f"   {time.monotonic() - begun:.1f} s", flush=True)


def complain(message: str) -> None:
    """Print an error, in red where colours may go."""
    print(click.style(message, fg="red") if wants_colour(sys.stderr) else message, file=sys.stderr)
