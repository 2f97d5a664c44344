"""Behavioural cases: short texts made from frames, each asking one thing of a violence-text scorer."""
