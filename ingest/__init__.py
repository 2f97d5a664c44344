"""Sources to posts: adapters read, the pump stores. Imports triage, never worker."""
