"""The web server: processes, threads, and an access log that holds neither query strings nor secrets of addresses."""

import os
import re

from gunicorn.glogging import Logger

wsgi_app = "cress.wsgi:application"
bind = f"0.0.0.0:{os.environ.get('PORT', '8000')}"
worker_class = "gthread"
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
threads = 4
timeout = 60
graceful_timeout = 15
control_socket_disable = True
max_requests = 5_000
max_requests_jitter = 500
accesslog = "-"
# No address of a person, no query string, no referrer: moment, method, path, status, size, milliseconds.
access_log_format = "%(t)s %(m)s %(U)s %(s)s %(B)s %(M)s ms"

# A long segment with a figure in it may be what opens a page: token of a link, number of a job asked for without account.
_SECRET = re.compile(r"(?<=/)(?=[^/.]*\d)[\w-]{20,}(?=/|$)")


class DiscreetLogger(Logger):
    def atoms(self, resp, req, environ, request_time):
        atoms = super().atoms(resp, req, environ, request_time)
        atoms["U"] = _SECRET.sub("…", atoms["U"] or "")
        return atoms


logger_class = DiscreetLogger
