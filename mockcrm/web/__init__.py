"""HTTP, and all of Flask: the gate, the API, the controls, the description of the API, the servers.

Terms: a *request target* is the path of a request, read into a sandbox and an area. An *exchange* is the request that
is being answered. The *controls* are the calls below `/admin`. A *representation* is the JSON that an answer has of a
thing. A *declaration* says what a view takes and answers; the *description* is the OpenAPI document made from them all.

A request comes in through `server` or `gunicorn`. The `gate` reads its target (`paths`), then checks its access
(`access`), or enters it in the journal (`journaling`, `client_identity`) and applies fault rules (`fault_injection`).
Flask (`app`) then calls a view in `api`, `admin/` or `about`, which reads with `requests` and answers with `responses`
and `representations/`.
"""
