"""`python -m landscape`."""

from landscape.cli import main

main()
