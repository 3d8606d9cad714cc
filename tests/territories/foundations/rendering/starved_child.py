"""The layout process with far too little memory, for the test of what is said then."""

import sys
from pathlib import Path

from territories.foundations.rendering import pdf_child

if __name__ == "__main__":
    pdf_child.limit_resources.__defaults__ = (150 * 1024 * 1024, pdf_child.CPU_SECONDS)
    sys.exit(pdf_child.main(Path(sys.argv[1])))
