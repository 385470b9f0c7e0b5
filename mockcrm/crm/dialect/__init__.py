"""How a CRM behaves towards clients: the knobs in `knobs`, and the dialects with names in `named`."""
