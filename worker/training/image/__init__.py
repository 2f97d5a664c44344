"""Training of gun_image: pictures to scenes, scenes to a network, a network to an artifact with a card."""
