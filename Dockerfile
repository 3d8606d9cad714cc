# One image for web, worker, beat and migrations. Built in two steps: styles and dependencies, then only what runs.
FROM node:22-bookworm-slim AS styles
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund

FROM python:3.12-slim-bookworm AS build
WORKDIR /app
RUN python -m venv /app/.venv
COPY requirements.lock ./
RUN /app/.venv/bin/pip install --no-cache-dir --require-hashes -r requirements.lock
COPY --from=styles /usr/local/bin/node /usr/local/bin/node
COPY --from=styles /app/node_modules /app/node_modules
COPY . .
RUN script/build_styles \
 && mkdir -p /tmp/build \
 && CRESS_VAR=/tmp/build .venv/bin/python manage.py collectstatic --noinput \
 && mkdir -p /srv && mv /tmp/build/static /srv/static \
 && rm -rf node_modules/axe-core node_modules/sass node_modules/source-sans/WOFF node_modules/source-sans/OTF /tmp/build

FROM python:3.12-slim-bookworm
RUN apt-get update \
 && apt-get install -y --no-install-recommends libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --system --create-home --home-dir /srv/cress --shell /usr/sbin/nologin cress \
 && mkdir -p /srv/cress/depot /srv/cress/var/work && chown -R cress:cress /srv/cress
WORKDIR /app
COPY --from=build /app /app
COPY --from=build --chown=cress:cress /srv/static /srv/cress/var/static
ENV PATH=/app/.venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 CRESS_VAR=/srv/cress/var CRESS_PRODUCTION=1 WEB_CONCURRENCY=3
USER cress
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s --retries=3 \
  CMD ["python", "script/is_healthy.py"]
CMD ["gunicorn", "-c", "script/gunicorn.conf.py"]
