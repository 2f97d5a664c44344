"""Training of violence_text."""
