"""The parts of an audit that a report needs, to check the answer of any server. A newer server may say more."""

from typing import Any

from marshmallow import EXCLUDE, fields, validate

from mockcrm.audit.finding_type import SEVERITIES
from mockcrm.audit.judgement import VERDICTS
from mockcrm.base.schema.fields import Flag, ListOf, Whole
from mockcrm.base.schema.strict import Strict
from mockcrm.errors.problems import first_problem

_MOST = 2_000_000
"""More members than any list in an audit has."""


class _Open(Strict):
    class Meta:
        unknown = EXCLUDE


def _verdict() -> fields.String:
    return fields.String(required=True, validate=validate.OneOf(VERDICTS))


def _reasons() -> ListOf:
    return ListOf(fields.String(), most=_MOST, required=True)


class _Moment(_Open):
    at = fields.String(required=True)
    what = fields.String(required=True)


class _Finding(_Open):
    code = fields.String(required=True)
    severity = fields.String(required=True, validate=validate.OneOf(SEVERITIES))
    hazard = fields.String(required=True, allow_none=True)
    kind = fields.String(allow_none=True)
    recordId = fields.String(allow_none=True)
    recordIds = ListOf(fields.String(), most=_MOST)
    eventId = fields.String(required=True, allow_none=True)
    eventIds = ListOf(fields.String(), most=_MOST)
    count = Whole(least=1)
    title = fields.String(required=True)
    explanation = fields.String(required=True)
    advice = fields.String(required=True)
    timeline = ListOf(fields.Nested(_Moment), most=_MOST, required=True)


class _Stats(_Open):
    requests = Whole(required=True)
    events = Whole(required=True)


class _KindStanding(_Open):
    kind = fields.String(required=True)
    delivered = Whole(required=True)


class _Account(_Open):
    client = fields.String(required=True)
    verdict = _verdict()
    reasons = _reasons()
    findings = ListOf(fields.Nested(_Finding), most=_MOST, required=True)
    pending = Whole(required=True)
    stats = fields.Nested(_Stats, required=True)
    kinds = ListOf(fields.Nested(_KindStanding), most=_MOST)


class _Audit(_Open):
    verdict = _verdict()
    reasons = _reasons()
    complete = Flag(required=True)
    inSync = Flag()
    clients = ListOf(fields.Nested(_Account), most=_MOST, required=True)


_AUDIT = _Audit()


def problem_with(answer: Any) -> str | None:
    """Why an answer cannot be reported as an audit; None if it can."""
    problems = _AUDIT.validate(answer) if isinstance(answer, dict) else ["Not an object."]
    return first_problem(problems) if problems else None
