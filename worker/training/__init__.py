"""Training of the models that ship. Needs the train extra, but for its commands in `cli`."""
