"""The names that the control client's types have from the kinds of records: operations, codes, kinds.

`python -m tests.client.names` writes them anew, after a kind was declared.
"""

from pathlib import Path

from mockcrm.crm.kinds.events import EVENT
from mockcrm.crm.kinds.registry import KINDS
from mockcrm.journal.operations import OPERATIONS
from mockcrm.web.representations.base import CODES

FILE = Path(__file__).parents[2] / "mockcrm" / "client" / "types" / "names.py"
_HEAD = '''"""Names of the CRM's API. `python -m tests.client.names` makes this module."""

from collections.abc import Mapping
from typing import Any, Literal, TypedDict
'''


def module() -> str:
    """The text of the module."""
    return (
        _HEAD
        + "".join(
            f'\n{name} = Literal[\n{words}]\n"""{doc}"""\n'
            for name, doc, of in (
                ("KindName", "A kind of records.", KINDS),
                ("Operation", "The calls of the CRM's API.", OPERATIONS),
                ("ErrorCode", "What an error is called. A code never changes its meaning.", CODES),
            )
            for words in ["".join(f'    "{word}",\n' for word in of)]
        )
        + _KIND_OF_PATH
        + "".join(f'    "{kind.path}": "{name}",\n' for name, kind in KINDS.items())
        + _END_OF_PATHS
        + _OTHER_FIELDS
        + "".join(f"    {name}: Any\n" for name in _other_fields())
    )


_KIND_OF_PATH = """
KIND_OF_PATH: Mapping[str, KindName] = {
"""
_END_OF_PATHS = '''}
"""The kind of the records of a section, by the section's name in a fixture file and in a replica."""
'''
_OTHER_FIELDS = '''

class OtherFields(TypedDict, total=False):
    """The fields that records of some kind have, and events have not."""

'''


def _other_fields() -> list[str]:
    return sorted({name for kind in KINDS.values() for name in kind.fields} - {*EVENT.fields})


if __name__ == "__main__":
    FILE.write_text(module(), encoding="utf-8")
