"""The JSON in answers: what it is, and how it is made.

Each answer is declared once, as a `TypedDict`, beside the function that makes it. mypy holds the function to the
declaration; the description of the API is made from the declaration when somebody asks for it
(`mockcrm.web.openapi.type_schemas`), so that a start makes no schemas. Of the dialect-dependent answers of `/api/v1`,
whose JSON is made in `mockcrm.crm`, the declarations say what the dialect `plain` shows; the controls always use it.

`base` has the parts that the others share.
"""
