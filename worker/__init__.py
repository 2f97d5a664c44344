"""The scoring fleet: models, safe decoding, Celery tasks. Imports triage, never ingest."""
