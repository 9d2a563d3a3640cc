# One image, three commands: `serve` (default), `worker`, and everything else `santex` knows.
#   docker build -t santex .
# Versions are pinned by tag here and by hash in the lock files.

FROM node:24-bookworm-slim AS node

# Browser files: htmx and the typeface, as package-lock.json has them.
FROM python:3.12-slim-bookworm AS assets
COPY --from=node /usr/local/bin/node /usr/local/bin/node
COPY --from=node /usr/local/lib/node_modules /usr/local/lib/node_modules
RUN ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm
WORKDIR /srv/santex
COPY .npmrc package.json package-lock.json ./
COPY tools/assets.py tools/assets.py
RUN python tools/assets.py

# Python packages, by hash, in the folder they will be used in.
FROM python:3.12-slim-bookworm AS packages
WORKDIR /srv/santex
COPY requirements.lock ./
RUN python -m venv .venv \
    && .venv/bin/python -m pip install --no-cache-dir --disable-pip-version-check \
        --require-hashes --no-deps --only-binary :all: -r requirements.lock \
    && .venv/bin/python -m pip uninstall --yes --quiet pip

FROM python:3.12-slim-bookworm
LABEL org.opencontainers.image.title="santex" \
      org.opencontainers.image.description="An open technology exchange" \
      org.opencontainers.image.licenses="Apache-2.0"
RUN groupadd --system --gid 10001 santex \
    && useradd --system --uid 10001 --gid santex --home-dir /var/lib/santex --create-home --shell /usr/sbin/nologin santex
WORKDIR /srv/santex
COPY --from=packages /srv/santex/.venv .venv
COPY pyproject.toml ./
COPY bin bin
COPY app app
COPY search search
COPY migrations migrations
COPY templates templates
COPY demo demo
COPY static static
COPY --from=assets /srv/santex/static/vendor static/vendor
RUN ln -s ../../bin/santex .venv/bin/santex && .venv/bin/python -m compileall -q app search migrations

ENV PATH=/srv/santex/.venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    ENVIRONMENT=production \
    DATA_DIR=/var/lib/santex \
    LISTEN_HOST=0.0.0.0 \
    LISTEN_PORT=8000
USER 10001:10001
VOLUME /var/lib/santex
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request as u; u.urlopen(f\"http://127.0.0.1:{os.environ['LISTEN_PORT']}/healthz\", timeout=4)"]
ENTRYPOINT ["santex"]
CMD ["serve"]
