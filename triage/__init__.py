"""The review system: words, rules, database and console. Imports neither ingest nor worker."""

from importlib.metadata import version

__version__ = version("flagpost")
