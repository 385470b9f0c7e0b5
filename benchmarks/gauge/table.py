"""What the gauge prints."""

from collections.abc import Mapping

from benchmarks.gauge.comparison import Comparison


def table(before: str, lines: Mapping[str, Comparison], missing: Mapping[str, str]) -> str:
    """A table of rows, by what they are; `before` is what they are compared with, `missing` says why a row is none."""
    wide = max(map(len, ("row", *lines)))
    last = max(len(before), 8)
    head = f"{'row':{wide}}  {before:>{last}}  {'now':>7}  {'spread':>6}  {'change':>7}\n"
    rows = (
        f"{what:{wide}}  {each.before.median:>{last}.2f}  {each.now.median:>7.2f}  {each.now.spread:>6.0%}"
        f"  {each.change - 1:>+7.1%}  {each.mark}".rstrip()
        + "\n"
        for what, each in lines.items()
    )
    return head + "".join(rows) + "".join(f"{what} is left out: {why}\n" for what, why in missing.items())


def ending(lines: Mapping[str, Comparison]) -> tuple[int, str]:
    """The status to end with, and what to say: which rows are worse."""
    worse = [what for what, each in lines.items() if each.mark == "worse"]
    if worse:
        return 1, f"Worse by more than 10 %: {', '.join(worse)}."
    return 0, "No row is worse by more than 10 %."
