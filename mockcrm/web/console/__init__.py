"""The console: a page in the browser for people (contract, sections 1 and 6).

`pages` serves it. It holds no data: its code, in `files`, asks the controls for all that it shows, as any other client
of theirs would. A folder of `files` is named after what is seen; `data` is what they share: the feed, the address of
what is shown, times, and the calls. `libraries` has code of others, which the build fetches (`hatch_build.py`).
"""
