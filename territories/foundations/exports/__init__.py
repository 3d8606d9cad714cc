"""Files for an office: CSV, XLSX and ODS written as streams, numbers as numbers, and no formula born from a text.

No Django here: the drawing of documents writes such files too. What answers a request is in `responses`.
"""

from territories.foundations.exports.columns import Column, Kind, TooManyRows
from territories.foundations.exports.csv_writer import write_csv
from territories.foundations.exports.ods_writer import write_ods
from territories.foundations.exports.xlsx_writer import write_xlsx

__all__ = ["Column", "Kind", "TooManyRows", "write_csv", "write_ods", "write_xlsx"]
