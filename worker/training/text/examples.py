"""What the help of `flagpost train text`, `adopt` and `describe` shows."""

TEXT_EXAMPLES = """
Examples:

  flagpost train text --data text/ --out violence_text

  flagpost train text --data text/ --out violence_text --resume

  flagpost train text --data text/ --out variants/ --epochs 2 --variants   (what does each choice bring?)

  flagpost train text --data text/ --out student --teacher seed_7/ --teacher seed_8/ --teacher seed_9/

  flagpost train text --data text/ --out first --encoder first_encoder
  flagpost train text --data text/ --out second --base first_encoder --epochs 3   (go on from what it learned)

A dataset is a folder with train, validation and test as CSV or CSV.GZ, with the columns text and label;
perhaps LIMITS.md, what is known about it, for the card.
"""
ADOPT_EXAMPLES = """
Example:

  flagpost train adopt --base some-lab/threats --positive THREAT --data text/ --out artifacts/violence_text

Workers need the extra hub to run it: pip install 'flagpost[hub]', and FLAGPOST_ARTIFACTS=artifacts.
"""
DESCRIBE_EXAMPLES = """
Example:

  flagpost train describe --artifact artifacts/violence_text --data text/
"""
