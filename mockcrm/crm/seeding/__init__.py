"""Invented events that look like an international sales team's calendar."""
