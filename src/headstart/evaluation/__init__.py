"""Figures with intervals from held-out predictions."""
