"""A CRM in a test's hands: agenda, actions, scenarios, snapshots, bundles."""
