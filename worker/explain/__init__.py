"""`flagpost explain`: what gun_image sees in a picture, where, and what its level means."""
