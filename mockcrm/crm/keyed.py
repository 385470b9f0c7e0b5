"""Keys in what colleagues write: they stand for the ids of records, and name people once (contract, section 6).

Clients know no keys.
"""

from collections.abc import Mapping

from marshmallow import ValidationError

from mockcrm.base.schema.strict import refused
from mockcrm.crm.drafts import Draft
from mockcrm.crm.fake_crm import Cause, FakeCrm
from mockcrm.crm.ids import ID_FORMS
from mockcrm.crm.kinds.registry import KINDS
from mockcrm.crm.record import Record
from mockcrm.errors import RecordInvalid


def with_ids(crm: FakeCrm, cause: Cause, draft: Draft) -> Draft:
    """A draft with ids where a colleague wrote keys, in all fields that refer to other records. Raises `RecordInvalid`.

    What is no key stays as it was sent.
    """
    body = draft.body
    if cause.origin != "crm" or not isinstance(body, Mapping):
        return draft
    sent = [(field, body[field.name]) for field in draft.kind.record_links.fields if body.get(field.name)]
    if not sent:
        return draft
    keys, changed, problems = _Keys(crm), {}, {}
    for field, value in sent:
        try:
            changed[field.name] = field.with_ids(value, keys)
        except ValidationError as error:
            problems[field.name] = error.messages
    if problems:
        raise refused(ValidationError(problems), RecordInvalid.of(draft.kind.name), f"The {draft.kind.name}")
    return draft.with_fields(changed)


class _Keys:
    """The keys of a CRM."""

    def __init__(self, crm: FakeCrm) -> None:
        self._crm = crm
        self.digits = ID_FORMS[crm.dialect.id_form].digits

    def id_of(self, kind: str, reference: str) -> str:
        return self._crm.resolve(KINDS[kind], reference) if kind in KINDS else reference

    def record(self, key: str) -> Record:
        named = self._crm.names.keys.get(key)
        if named is None:
            raise ValidationError(f"There is no key {key!r}.")
        return self._crm.find(KINDS[named.kind], named.id).record
