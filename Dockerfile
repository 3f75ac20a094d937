# The lab as `make run` starts it, without a GPU. Build with `docker build -t weirdgen .` and run with
# `docker run --rm -e APP_PASSWORD=... -p 127.0.0.1:8501:8501 -v weirdgen:/lab/var weirdgen`.
FROM python:3.11-slim-bookworm

ENV PIP_NO_CACHE_DIR=1 PYTHONUNBUFFERED=1 APP_PORT=8501 ENGINE_PORT=8600
RUN apt-get update \
    && apt-get install -y --no-install-recommends libgomp1 tini \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --create-home --uid 1000 lab \
    && install -d -o lab /lab /lab/var

WORKDIR /lab
COPY requirements.txt .
# PyTorch's CPU wheels are a tenth of the size of those for CUDA.
RUN pip install --extra-index-url https://download.pytorch.org/whl/cpu -r requirements.txt

COPY --chown=lab . .
RUN pip install --no-deps --config-settings editable_mode=compat --editable .
USER lab
RUN weirdgen prepare
VOLUME /lab/var
EXPOSE 8501
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s \
    CMD python -c "import urllib.request as u; [u.urlopen(a, timeout=4) for a in ('http://127.0.0.1:8501/_stcore/health', 'http://127.0.0.1:8600/health')]"

# A container has a loopback of its own, so the app listens on all addresses here, which requires
# APP_PASSWORD. The port mapping above keeps it on the host's loopback.
ENV APP_ADDRESS=0.0.0.0
ENTRYPOINT ["tini", "-g", "--"]
CMD ["honcho", "start"]
