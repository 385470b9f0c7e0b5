"""The control client, transports for HTTP libraries, and reports in text.

A test uses the control client to arrange a CRM, to act as a colleague, and to ask what its client did. It knows the
server by its answers alone: it imports nothing of the CRM, except what reads a fixture file.

Terms: *controls* are the calls under `/admin`, by which a test steers a CRM. A *sandbox* is one CRM of a server. A
*matcher* picks requests of clients. A *replica* is a client's copy of the events. The *client under test* is not the
control client: it knows only `crm.url`.

The way through: `crm` (`connect` and `Crm`), then `controls` and `scenario_controls` for its parts, `connection` for
what they send, `types` for what they take and return. `report` makes text of audits, failures and journals.
`httpx_transport` and `requests_adapter` let the client under test reach an application without a socket.
"""
