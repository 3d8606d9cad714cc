"""Files for an office: CSV, XLSX and ODS written as streams, numbers as numbers, and no formula born from a text."""

from territories.foundations.exports.columns import Column, Kind, TooManyRows
from territories.foundations.exports.csv_writer import write_csv
from territories.foundations.exports.ods_writer import write_ods
from territories.foundations.exports.responses import CELLS_IN_A_REQUEST, export_response, fits_a_request
from territories.foundations.exports.xlsx_writer import write_xlsx

__all__ = [
    "CELLS_IN_A_REQUEST",
    "Column",
    "Kind",
    "TooManyRows",
    "export_response",
    "fits_a_request",
    "write_csv",
    "write_ods",
    "write_xlsx",
]
