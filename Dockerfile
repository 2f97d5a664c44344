# One image for each set of packages: `default` (console, beat, CPU workers), `gpu` (workers on NVIDIA GPUs),
# `ocr` (the reader of words in pictures).
#   docker build -t flagpost .
#   docker build --build-arg PACKAGES=gpu -t flagpost-gpu .
ARG PYTHON=3.12
FROM python:${PYTHON}-slim

ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 \
    FLAGPOST_HOME=/state FLAGPOST_LOG_JSON=true
WORKDIR /flagpost
RUN useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin flagpost \
 && mkdir /state && chown flagpost /state

ARG PACKAGES=default
COPY requirements/${PACKAGES}.txt requirements/
RUN pip install --require-hashes -r requirements/${PACKAGES}.txt
COPY . .
RUN pip install --no-deps --no-build-isolation -e .
USER 10001
VOLUME /state
CMD ["flagpost", "doctor"]
