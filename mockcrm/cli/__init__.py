"""The commands of `mockcrm`, and the import of calendars."""
