"""How a CRM speaks: the knobs, and the dialects that have names."""
