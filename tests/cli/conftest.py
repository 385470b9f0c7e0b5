"""What the tests of the commands share."""

from tests.cli.trying import reports, tried

__all__ = ["reports", "tried"]
