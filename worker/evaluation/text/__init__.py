"""A violence_text model on labelled captions, and on the behavioural suite."""
