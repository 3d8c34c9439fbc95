"""Tables for spreadsheets and learning management systems, with text of students' in them that must stay text."""

import csv
import re

from ..grading.files import CONTROL

# Where a cell begins: at the start, and after a semicolon, which separates cells where the comma is the decimal point.
FORMULA = re.compile(r"""(^|;)([\s"']*)(?=[=+\-@＝＋－＠])""")


def without_formulas(value):
    """A cell that no spreadsheet takes for a formula or for several cells, whatever its separator: control characters
    become spaces, and an apostrophe stands before what would begin a formula. Numbers stay; None is an empty cell."""
    if value is None:
        return ""
    if isinstance(value, str):
        return FORMULA.sub(r"\1\2'", CONTROL.sub(" ", value))
    return value


def write_table(file, rows):
    """Write rows as CSV into an open file, each cell `without_formulas`."""
    csv.writer(file).writerows([without_formulas(cell) for cell in row] for row in rows)
