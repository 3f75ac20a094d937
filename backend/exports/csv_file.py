"""Tables as CSV files that spreadsheets open without running what a model wrote."""

import csv
import re

import pandas as pd

FORMULA = re.compile(r"^(?=[=+\-@\t\r\n])")
"""The start of a cell that a spreadsheet takes for a formula or a command.

OWASP, "CSV Injection", https://owasp.org/www-community/attacks/CSV_Injection
"""


def to_csv(table: pd.DataFrame) -> str:
    """Return a table as CSV; texts are quoted, and an apostrophe is put before formulas.

    Quotes also keep a text with line ends, carriage returns among them, in its row.
    """
    texts = {
        name: column.map(_without_formula)
        for name, column in table.items()
        if not pd.api.types.is_numeric_dtype(column)
    }
    written = table.assign(**texts).to_csv(index=False, quoting=csv.QUOTE_NONNUMERIC)
    return str(written)


def _without_formula(cell: object) -> object:
    return FORMULA.sub("'", cell) if isinstance(cell, str) else cell
