"""Rows of Parquet files. The one home of pyarrow, which Streamlit brings."""

import io
from typing import Any

MAGIC = b"PAR1"
MOST_BYTES = 2**30  # of a file's columns, unpacked


def rows(file: str, content: bytes) -> list[dict[str, Any]]:
    """Return the rows of a Parquet file as plain values. Raises ValueError for a damaged file, or one too large."""
    try:
        from pyarrow.parquet import ParquetFile
    except ImportError:
        raise ValueError(f"{file} needs pyarrow to be read: pip install pyarrow") from None
    try:
        table = ParquetFile(io.BytesIO(content))
        told = (table.metadata.row_group(n).total_byte_size for n in range(table.metadata.num_row_groups))
        if sum(told) > MOST_BYTES:
            raise ValueError(f"{file} holds more than {MOST_BYTES / 2**30:.0f} GB: keep a few hundred examples")
        found: list[dict[str, Any]] = table.read().to_pylist()
    except (Exception, MemoryError) as error:  # whatever pyarrow raises for a damaged file
        if type(error) is ValueError and str(error).startswith(file):
            raise
        raise ValueError(f"{file} is no Parquet file that can be read: write it again") from None
    return found
