"""A finished run as one HTML file."""

from headstart.report._write import write_report

__all__ = ["write_report"]
