"""All effects of fault rules, by the name that a rule gives them. A new effect is a module and a row here."""

from collections.abc import Mapping

from mockcrm.faults.effects.delay import Delay
from mockcrm.faults.effects.disconnect import Disconnect
from mockcrm.faults.effects.do import Do
from mockcrm.faults.effects.effect import Effect
from mockcrm.faults.effects.empty_list import EmptyList
from mockcrm.faults.effects.empty_page import EmptyPage
from mockcrm.faults.effects.expire_credentials import ExpireCredentials
from mockcrm.faults.effects.html import Html
from mockcrm.faults.effects.malformed import MalformedJson
from mockcrm.faults.effects.rate_limit import RateLimit
from mockcrm.faults.effects.repeat_page import RepeatPage
from mockcrm.faults.effects.repeat_token import RepeatToken
from mockcrm.faults.effects.short_page import ShortPage
from mockcrm.faults.effects.stale import Stale
from mockcrm.faults.effects.status import Status
from mockcrm.faults.effects.truncate import Truncate

EFFECTS: Mapping[str, type[Effect]] = {
    each.name: each
    for each in (
        Status,
        Delay,
        Disconnect,
        Truncate,
        MalformedJson,
        Html,
        RateLimit,
        ExpireCredentials,
        Stale,
        EmptyList,
        RepeatToken,
        RepeatPage,
        EmptyPage,
        ShortPage,
        Do,
    )
}
