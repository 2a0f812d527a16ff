"""Simulated shops with known truth: users, touches, conversions and their causes.

Every conversion has one recorded cause, a touch or the user's own intent, so credit by
any attribution model can be held against what really happened.
"""

from touchledger.simulation.catalogue import DEFAULT_WORLD, world, worlds
from touchledger.simulation.run import SHAPES, simulate, write_simulation
from touchledger.simulation.settings import Campaign, Channel, World
from touchledger.simulation.writing import FORMATS

__all__ = [
    "DEFAULT_WORLD",
    "FORMATS",
    "SHAPES",
    "Campaign",
    "Channel",
    "World",
    "simulate",
    "world",
    "worlds",
    "write_simulation",
]
