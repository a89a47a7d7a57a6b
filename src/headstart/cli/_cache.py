"""``headstart cache``."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from headstart.cli import _options
from headstart.cli._text import printable
from headstart.errors import SettingError, StoreError

if TYPE_CHECKING:
    from headstart.activations import ActivationStore, DatasetInfo
    from headstart.runs import Journal

_DAY = 86_400


@click.group(name="cache")
def command() -> None:
    """The store of activations: what is there, whether it is intact, and how to make it smaller."""


@command.command(name="info")
@_options.cache
@_options.as_json
def info(*, cache: Path | None, as_json: bool) -> None:
    """What is stored, and where."""
    with _open(cache) as store:
        found = store.info()
        path = store.path
    fits, size = _journal(cache).size()
    if as_json:
        rows = [_as_dict(dataset) for dataset in found]
        journal = {"files": fits, "bytes": size}
        click.echo(json.dumps({"path": str(path), "datasets": rows, "journal": journal}, indent=1))
        return
    click.echo(f"{printable(str(path))}  {path.stat().st_size / 1e6:.1f} MB")
    for dataset in found:
        key = json.loads(dataset.key)
        click.echo(
            f"  {dataset.id}: {dataset.rows:,} rows, {dataset.bytes / 1e6:.1f} MB, "
            f"{key['backbone']} at {key['cut']}, {key['precision']}, {key['engine']}, "
            f"used {_ago(dataset.used)}"
        )
    if fits:
        click.echo(f"  {fits:,} finished or unfinished fits, {size / 1e6:.1f} MB")


@command.command(name="verify")
@_options.cache
@click.option("--repair", is_flag=True, help="Delete damaged rows; they are computed anew.")
def verify(*, cache: Path | None, repair: bool) -> None:
    """Check every row against its checksum; exit code 1 where one is damaged."""
    with _open(cache) as store:
        total = damaged = 0
        for _, intact in store.verify():
            total += 1
            damaged += not intact
        dropped = store.drop_damaged() if repair and damaged else 0
    click.echo(f"{total - damaged:,} of {total:,} rows are intact")
    if dropped:
        click.echo(f"{dropped:,} damaged rows deleted; they will be computed anew")
    elif damaged:
        raise StoreError(f"{damaged:,} rows are damaged; `headstart cache verify --repair` deletes "
                         "them (no run uses a damaged row)")  # fmt: skip


@command.command(name="prune")
@_options.cache
@click.option("--older-than", type=click.FloatRange(min=0), metavar="DAYS",
              help="Delete what was not used for so many days.")  # fmt: skip
@click.option("--max-size", type=click.FloatRange(min=0), metavar="MB",
              help="Delete the least recently used until the rest fits.")  # fmt: skip
@click.option("--all", "everything", is_flag=True, help="Delete everything.")
def prune(
    *, cache: Path | None, older_than: float | None, max_size: float | None, everything: bool
) -> None:
    """Delete stored activations and fits; they can always be computed anew."""
    if older_than is None and max_size is None and not everything:
        raise SettingError("say what to delete: --older-than DAYS, --max-size MB or --all")
    with _open(cache) as store:
        found = store.info()
        doomed = [
            dataset for dataset in found
            if everything or (older_than is not None and _age(dataset) > older_than * _DAY)
        ]  # fmt: skip
        if max_size is not None:
            doomed = _beyond(found, doomed, max_size * 1e6)
        store.prune([dataset.id for dataset in doomed])
    rows, size = sum(each.rows for each in doomed), sum(each.bytes for each in doomed)
    click.echo(f"deleted {rows:,} rows, {size / 1e6:.1f} MB")
    if everything or older_than is not None:
        age = 0.0 if everything or older_than is None else older_than * _DAY
        fits, size = _journal(cache).prune(unused_seconds=age)
        click.echo(f"deleted {fits:,} fits, {size / 1e6:.1f} MB")


def _beyond(found: list[DatasetInfo], doomed: list[DatasetInfo], most: float) -> list[DatasetInfo]:
    """Add to `doomed` what no longer fits; `found` has the most recently used first."""
    total = 0.0
    result = list(doomed)
    for dataset in found:
        if dataset not in doomed:
            total += dataset.bytes
            if total > most:
                result.append(dataset)
    return result


def _open(cache: Path | None) -> ActivationStore:
    from headstart.activations import ActivationStore
    from headstart.runs import cache_directory

    return ActivationStore(cache_directory(cache))


def _journal(cache: Path | None) -> Journal:
    from headstart.runs import Journal, cache_directory

    return Journal(cache_directory(cache))


def _age(dataset: DatasetInfo) -> float:
    return time.time() - dataset.used


def _ago(used: float) -> str:
    hours = (time.time() - used) / 3600
    if hours < 1:
        return "within the hour"
    return f"{hours:.0f} hours ago" if hours < 48 else f"{hours / 24:.0f} days ago"


def _as_dict(dataset: DatasetInfo) -> dict[str, object]:
    return {
        "id": dataset.id,
        "rows": dataset.rows,
        "bytes": dataset.bytes,
        "used": dataset.used,
        "key": json.loads(dataset.key),
    }
