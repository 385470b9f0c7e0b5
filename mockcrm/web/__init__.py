"""HTTP, and all of Flask: the gate, the API, the controls, the description of the API, the servers.

Terms: a *request target* is the path that a request names, read into sandbox and area. An *exchange* is the request that
is being answered. The *controls* are the calls below `/admin`. A *representation* is the JSON of a thing in an answer. A
*declaration* says what a view takes and answers; the *description* is the OpenAPI document made from it.

The way of a request: `server` or `gunicorn` accept it; `gate` reads its target (`paths`), checks it (`access`) or enters
it in the journal (`journaling`, `client_identity`), and applies fault rules (`fault_injection`); then Flask (`app`) calls
a view in `api`, `admin/` or `about`, which reads with `requests` and answers with `responses` and `representations/`.
"""
