"""The pattern for e-mail addresses that no command needs: it is not compiled by an import, and still works."""

import json
import subprocess
import sys

SCRIPT = """
import json, re
compiled, at_once = [], re._compile
re._compile = lambda pattern, flags: compiled.append(pattern) or at_once(pattern, flags)
compile = re.compile
from mockcrm.cli.main import main
main.commands["serve"]
from marshmallow import ValidationError, validate
early = [each for each in compiled if len(str(each)) > 150 and "25[0-5]" in str(each)]
def refuses(text):
    try:
        validate.Email()(text)
    except ValidationError:
        return True
    return False
print(json.dumps([len(early), refuses("a@b.example"), refuses("a@b"), refuses("ab.example"), re.compile is compile]))
"""


def test_a_command_compiles_no_pattern_for_addresses_and_addresses_are_still_checked() -> None:
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == [0, False, True, True, True]
