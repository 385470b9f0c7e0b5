"""`python -m mockcrm` is `mockcrm`."""

from mockcrm.cli.main import main

main(prog_name="mockcrm")
