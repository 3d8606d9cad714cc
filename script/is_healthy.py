"""Asks the web server of this container whether it is well, under a name that it serves. Ends with 0 when it is."""

import os
import urllib.request


def main() -> None:
    host = os.environ.get("CRESS_ALLOWED_HOSTS", "localhost").split(",")[0].strip()
    address = f"http://127.0.0.1:{os.environ.get('PORT', '8000')}/sante/"
    # Raises, hence ends with 1, on any answer that is not a success.
    urllib.request.urlopen(urllib.request.Request(address, headers={"Host": host}), timeout=4).close()


if __name__ == "__main__":
    main()
