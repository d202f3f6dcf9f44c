"""``python -m copytaster``: the same as the command ``copytaster``."""

from copytaster.cli import main

if __name__ == "__main__":
    main()
