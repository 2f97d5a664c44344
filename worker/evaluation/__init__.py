"""How good a model is, on anybody's labelled pictures. Needs the train extra; loaded only when asked for."""
