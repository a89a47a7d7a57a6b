"""A finished run as one HTML file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headstart._lazy import lazy

if TYPE_CHECKING:
    from headstart.report._comparison import check_comparison_target as check_comparison_target
    from headstart.report._comparison import write_comparison as write_comparison
    from headstart.report._write import write_report as write_report
else:
    __all__, __getattr__, __dir__ = lazy(
        __name__,
        {
            "_comparison": ("check_comparison_target", "write_comparison"),
            "_write": ("write_report",),
        },
    )
