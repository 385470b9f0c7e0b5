"""Kinds of records: each is declared once, and calls, controls, snapshots and descriptions are made from that."""
