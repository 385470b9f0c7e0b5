"""`python -m mockcrm` is `mockcrm`."""

from mockcrm.cli import main

main(prog_name="mockcrm")
