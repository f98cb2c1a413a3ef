"""The specs of the showcase, whose results ship: a small real model, a fine-tune of it, and an overtrained one."""

from landscape.assets import REAL
from landscape.schema.directions import Direction, Gaussian, Move, Towards, Worst
from landscape.schema.frames import PointSpec
from landscape.schema.specs import BasinSpec, InspectionSpec, PlaneSpec, SliceSpec, WorstSpec
from landscape.schema import deployments

BASE, TUNED, OVERTRAINED = REAL
_NAMES = ("knowledge", "completion", "arithmetic", "language", "code")
_CAPABILITIES = tuple(f"starter:{name}" for name in _NAMES)
