"""The fake CRM alone: records, change log, clock, dialect, lists, writes, invented data. It knows no test."""
