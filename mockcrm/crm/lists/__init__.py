"""Lists: `parameters` reads the query, `cursor` the page token, and `pages` the page (contract, section 3)."""
