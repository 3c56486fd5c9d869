"""What only Drover knows, kept in SQLite or Postgres."""

from bot.store.burndown import BurndownPoint, thin_out
from bot.store.database import open_engine
from bot.store.migration import Migration
from bot.store.phase_problems import PhaseProblem
from bot.store.store import Store, open_store

__all__ = ["BurndownPoint", "Migration", "PhaseProblem", "Store", "open_engine", "open_store", "thin_out"]
