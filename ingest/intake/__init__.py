"""The intake: sources send their posts to us, signed, over HTTP. `docs/sources/intake.md` describes it."""
