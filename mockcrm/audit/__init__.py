"""What a client missed or damaged, worked out from its requests alone: ledger, causes, explanations."""
