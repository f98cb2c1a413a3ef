"""The store: runs, points and artifacts, kept over crashes and shared by web pages, workers and the CLI."""

from landscape.store.database import PATIENCE, StoreError
from landscape.store.records import STALE, Run
from landscape.store.store import Lost, Store

__all__ = ["PATIENCE", "STALE", "Lost", "Run", "Store", "StoreError"]
