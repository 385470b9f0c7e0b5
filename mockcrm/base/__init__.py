"""Tools that have nothing to do with a CRM: times, strict YAML, schemas, forkable collections, WSGI in the process.

`times` reads, writes and rounds instants and durations. `schema` has strict fields, strict objects and their JSON
Schema. `copy_on_write` has the collections that let a CRM of a million events be forked for next to nothing. `wsgi`
calls an application without a socket. Each of the other modules is one small tool.
"""
