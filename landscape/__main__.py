"""`python -m landscape`."""

from landscape.cli.app import main

main()
