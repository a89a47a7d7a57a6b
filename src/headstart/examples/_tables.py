"""Tables in files: CSV, TSV, JSON Lines and Parquet."""

from __future__ import annotations

import csv
import gzip
import io
import json
import zlib
from collections.abc import Mapping, Sequence
from functools import cache, partial
from pathlib import Path

from headstart.errors import DataError
from headstart.examples._columns import Table, file_cells
from headstart.examples._frame import there
from headstart.examples._rows import cell_text, counted, first_few, printable
from headstart.examples._table import FileSource

TABLE_SUFFIXES = (".csv", ".tsv", ".tab", ".txt", ".parquet", ".pq", ".jsonl", ".ndjson", ".json")


def list_table_files(path: Path, *, file_column: str | None = None) -> list[FileSource]:
    """The files that a table names, without looking for labels."""
    cells = file_cells(open_table(path), file_column)
    found = [_file_source(path.parent, cell, row) for row, cell in enumerate(cells)]
    return [source for source in found if source is not None]


def _file_source(folder: Path, cell: object, row: int) -> FileSource | None:
    text = cell_text(cell)
    if text is None:
        return None
    path = folder / text
    # A table written on Windows, read elsewhere.
    if "\\" in text and not there(path) and there(folder / text.replace("\\", "/")):
        path = folder / text.replace("\\", "/")
    return FileSource(path, printable(text))


def is_table(path: Path) -> bool:
    """Whether a file is a table by its ending."""
    return _suffix(path) in TABLE_SUFFIXES


def _suffix(path: Path) -> str:
    """The ending that tells the format: ``.csv`` of ``labels.csv.gz``."""
    suffix = path.suffix.lower()
    return Path(path.stem).suffix.lower() if suffix == ".gz" else suffix


def open_table(path: Path) -> Table:
    """Open a table by its ending."""
    suffix = _suffix(path)
    if not is_table(path):
        raise DataError(
            f"{printable(path)}: is neither a folder nor a table; give a folder of class folders, "
            "or a table that ends in .csv, .csv.gz, .tsv, .parquet or .jsonl"
        )
    if suffix in {".parquet", ".pq"}:
        return _open_parquet(path)
    data = _bytes(path)
    if not data.strip():
        raise DataError(f"{printable(path)}: the table is empty; it needs a header and rows")
    # Spreadsheets save "Unicode text" as UTF-16, and begin UTF-8 with a mark.
    encoding = "utf-16" if data[:2] in {b"\xff\xfe", b"\xfe\xff"} else "utf-8-sig"
    try:
        text = data.decode(encoding, "strict" if encoding == "utf-16" else "surrogateescape")
    except UnicodeDecodeError:
        raise DataError(f"{printable(path)}: is not text; save it as CSV (UTF-8)") from None
    if suffix in {".jsonl", ".ndjson", ".json"}:
        return _open_json(path, text)
    text = text.lstrip("\r\n")
    return _open_csv(path, text, "\t" if suffix in {".tsv", ".tab"} else None)


def _bytes(path: Path) -> bytes:
    """What is in a file, uncompressed."""
    try:
        data = path.read_bytes()
        return gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise DataError(f"{printable(path)}: is damaged: {error}; copy it anew") from None
    except OSError as error:
        raise DataError(f"{printable(path)}: cannot be read: {error.strerror}") from None


def _open_csv(path: Path, text: str, delimiter: str | None) -> Table:
    origin = printable(path.name)
    try:
        if delimiter is None:
            # The header decides: cells may hold commas, column names hardly do.
            delimiter = max(
                ",;\t", key=lambda d: len(next(csv.reader(io.StringIO(text), delimiter=d)))
            )
        records = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    except (csv.Error, StopIteration) as error:
        raise DataError(f"{origin}: cannot be read as CSV: {error}") from None
    header = tuple(name.strip() for name in records[0])
    faults = []
    twice = sorted({name for name in header if name and header.count(name) > 1})
    if twice:
        faults.append(f"the column '{first_few(twice)}' is there twice")
    # A blank line is no row, but counts in the numbers that a spreadsheet shows.
    rows = [n for n, record in enumerate(records[1:], 2) if any(cell.strip() for cell in record)]
    long = [f"row {n}" for n in rows if any(c.strip() for c in records[n - 1][len(header) :])]
    if long:
        faults.append(
            f"{counted(len(long), 'row')} with more cells than the header has ({len(header)}): "
            f"{first_few(long)}; put names that hold a '{delimiter}' in quotes"
        )

    @cache
    def columns() -> list[tuple[str, ...]]:
        found = (records[n - 1] for n in rows)
        blank = [""] * len(header)
        full = (each if len(each) >= len(header) else [*each, *blank] for each in found)
        # All at once: a third of the time of one after another, where there are 600.
        return list(zip(*full, strict=False))

    def load(names: Sequence[str]) -> Mapping[str, Sequence[object]]:
        return {name: columns()[header.index(name)] if rows else () for name in names}

    return Table(
        origin, header, load, partial(_file_source, path.parent), path.parent, rows=rows,
        faults=faults,
    )  # fmt: skip


def _open_json(path: Path, text: str) -> Table:
    """One JSON object a line, or one list of objects."""
    origin = printable(path.name)
    records: list[dict[str, object]] = []
    rows: list[int] = []
    try:
        if text.lstrip().startswith("["):
            lines = list(enumerate(json.loads(text), 1))
        else:
            lines = [(n, json.loads(line)) for n, line in _lines(text)]
    except (json.JSONDecodeError, RecursionError) as error:
        raise DataError(
            f"{origin}: is not JSON Lines, one object such as "
            f'{{"file_name": "a.jpg", "label": "cat"}} a line: {error}'
        ) from None
    for number, record in lines:
        if not isinstance(record, dict):
            raise DataError(
                f"{origin}: row {number} is not an object such as "
                '{"file_name": "a.jpg", "label": "cat"}'
            )
        records.append(record)
        rows.append(number)
    names = tuple(dict.fromkeys(name for record in records for name in record))

    def load(names: Sequence[str]) -> Mapping[str, Sequence[object]]:
        return {name: [record.get(name) for record in records] for name in names}

    return Table(origin, names, load, partial(_file_source, path.parent), path.parent, rows=rows)


def _lines(text: str) -> list[tuple[int, str]]:
    # Not splitlines(): JSON strings may hold U+2028 and its like as they are.
    return [(n, line) for n, line in enumerate(text.split("\n"), 1) if line.strip()]


def _open_parquet(path: Path) -> Table:
    from pyarrow import parquet

    origin = printable(path.name)

    def load(names: Sequence[str]) -> Mapping[str, Sequence[object]]:
        try:
            columns: Mapping[str, Sequence[object]] = parquet.read_table(
                path, columns=list(names)
            ).to_pydict()
        except (OSError, ValueError, NotImplementedError) as error:
            raise DataError(f"{origin}: is a damaged Parquet file: {error}") from None
        return columns

    try:
        names = tuple(parquet.read_schema(path).names)
    except (OSError, ValueError, NotImplementedError) as error:
        raise DataError(f"{origin}: cannot be read as Parquet: {error}") from None
    return Table(origin, names, load, partial(_file_source, path.parent), path.parent)
