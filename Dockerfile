# Two images of the same code: `cpu` (console, beat, CPU workers) and `gpu` (workers on NVIDIA GPUs).
#   docker build --target cpu -t flagpost .
#   docker build --target gpu -t flagpost-gpu .
ARG PYTHON=3.12

FROM python:${PYTHON}-slim AS base
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 \
    FLAGPOST_HOME=/state FLAGPOST_LOG_JSON=true
WORKDIR /flagpost
RUN useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin flagpost \
 && mkdir /state && chown flagpost /state

FROM base AS cpu
COPY requirements/default.txt requirements/
RUN pip install --require-hashes -r requirements/default.txt
COPY . .
RUN pip install --no-deps --no-build-isolation -e .
USER 10001
VOLUME /state
CMD ["flagpost", "doctor"]

FROM base AS gpu
COPY requirements/gpu.txt requirements/
RUN pip install --require-hashes -r requirements/gpu.txt
COPY . .
RUN pip install --no-deps --no-build-isolation -e .
USER 10001
VOLUME /state
CMD ["flagpost", "doctor"]
