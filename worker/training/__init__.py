"""Training of the models that ship. Needs the train extra; nothing outside this folder imports it."""
