"""New output layers: the exact linear head."""

from headstart.heads._curve import Curve
from headstart.heads._linear import TOLERANCE, LinearHead, fit, solve
from headstart.heads._path import CrossValidated

__all__ = ["TOLERANCE", "CrossValidated", "Curve", "LinearHead", "fit", "solve"]
