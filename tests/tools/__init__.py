"""Public sync tools against the hazards: what their replicas lost, and what the audit said from the requests alone."""
