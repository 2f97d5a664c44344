"""The only code that opens an outside address: use `ingest.http.fetcher`, or `ingest.remote` for pictures."""
