"""`python -m triage` is `flagpost`."""

from triage.cli import main

if __name__ == "__main__":
    main()
