"""The code of the page in the browser, as text: its rules, its types, its libraries, and what checks all that.

What the page does is for `tests/browser`.
"""
