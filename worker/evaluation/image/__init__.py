"""A gun_image model on labelled pictures."""
