"""Building and publishing the warehouse, one thing per module; scripts/build.py puts them together."""


class UnfinishedBuild(Exception):
    """There is nothing to publish, or it may not be; the message says why and what to do."""


class FailedBuild(UnfinishedBuild):
    """dbt did not get through; the message names the causes, a line or several for each."""
