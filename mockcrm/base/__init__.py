"""What knows no CRM: times, strict YAML, the parts of schemas, forkable collections, a WSGI call in the process."""
