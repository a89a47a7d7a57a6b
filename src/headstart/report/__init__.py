"""A finished run as one HTML file."""

from headstart.report._comparison import check_comparison_target, write_comparison
from headstart.report._write import write_report

__all__ = ["check_comparison_target", "write_comparison", "write_report"]
