"""The names that the control client's types have from the kinds of records: operations, codes, kinds.

`python -m tests.client.names` writes them anew, after a kind was declared.
"""

from pathlib import Path

from mockcrm.client import types
from mockcrm.crm.kinds.registry import KINDS
from mockcrm.journal.operations import OPERATIONS
from mockcrm.web.representations.base import CODES

FILE = Path(types.__file__).with_name("names.py")
_HEAD = '''"""Names of the CRM's API. `python -m tests.client.names` makes this module."""

from typing import Literal
'''


def module() -> str:
    """The text of the module."""
    return _HEAD + "".join(
        f'\n{name} = Literal[\n{words}]\n"""{doc}"""\n'
        for name, doc, of in (
            ("KindName", "A kind of records.", KINDS),
            ("Operation", "The calls of the CRM's API.", OPERATIONS),
            ("ErrorCode", "What an error is called. A code never changes its meaning.", CODES),
        )
        for words in ["".join(f'    "{word}",\n' for word in of)]
    )


if __name__ == "__main__":
    FILE.write_text(module(), encoding="utf-8")
