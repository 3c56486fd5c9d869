"""What only Drover knows, kept in SQLite or Postgres."""

from bot.store.burndown import BurndownPoint, thinned
from bot.store.database import open_engine
from bot.store.migration import Migration
from bot.store.phase_problems import PhaseProblem
from bot.store.store import Store, opened

__all__ = ["BurndownPoint", "Migration", "PhaseProblem", "Store", "open_engine", "opened", "thinned"]
