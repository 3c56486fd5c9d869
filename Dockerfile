# syntax=docker/dockerfile:1
FROM python:3.11-slim-bookworm AS build
WORKDIR /build
COPY requirements.txt .
RUN python -m venv /opt/drover \
 && /opt/drover/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes -r requirements.txt \
 && /opt/drover/bin/pip install --no-cache-dir --disable-pip-version-check "setuptools>=77"
COPY pyproject.toml MANIFEST.in README.md LICENSE app.yml app.py ./
COPY docs/plan.schema.json docs/plan.schema.json
COPY bot bot
COPY codemods codemods
COPY sandbox sandbox
RUN /opt/drover/bin/pip install --no-cache-dir --disable-pip-version-check --no-deps --no-build-isolation . \
 && /opt/drover/bin/pip uninstall --yes --quiet setuptools

FROM python:3.11-slim-bookworm
RUN apt-get update \
 && apt-get install --yes --no-install-recommends git ca-certificates bubblewrap \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --system --uid 10001 --create-home --home-dir /data drover
COPY --from=build /opt/drover /opt/drover
ENV PATH=/opt/drover/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    DATA_DIR=/data \
    PORT=8080
USER drover
WORKDIR /data
VOLUME /data
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s \
  CMD ["python", "-c", "import os, urllib.request; urllib.request.urlopen(f\"http://127.0.0.1:{os.environ['PORT']}/healthz\", timeout=4)"]
ENTRYPOINT ["drover"]
CMD ["serve"]
