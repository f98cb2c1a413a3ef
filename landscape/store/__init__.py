"""The store: runs, points and artifacts, kept over crashes and shared by web pages, workers and the CLI."""

from landscape.store.database import PATIENCE
from landscape.store.failures import Away, StoreError
from landscape.store.leases import Cancelled, Lost
from landscape.store.records import STALE, Phase, Run
from landscape.store.store import Store

__all__ = ["PATIENCE", "STALE", "Away", "Cancelled", "Lost", "Phase", "Run", "Store", "StoreError"]
