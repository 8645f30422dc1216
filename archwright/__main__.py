"""`python -m archwright`."""

from .cli import main

main()
