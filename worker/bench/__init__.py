"""`flagpost bench`: how much of the models' own speed arrives end to end, measured in one run.

posts.py      a file of distinct posts made from the given ones
bare.py       the limit: same decoding and models in a loop on all cores, no queue, no database
stack.py      end to end, and the naive way, through Redis, Celery and PostgreSQL of their own
rounds.py     all three in turn, several times; medians and ratios
"""
