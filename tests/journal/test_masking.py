"""Which names are masked, and what is left of a text."""

from urllib.parse import parse_qsl

import pytest
from hypothesis import given, strategies as st

from mockcrm.journal.masking import HIDDEN, Mask

MASK = Mask(never=("pageToken", "Idempotency-Key", "If-Match", "X-Mockcrm-Client"))

SECRET = """
    token access_token accessToken access-token ACCESS_TOKEN X-Auth-Token X_AUTH_TOKEN X-AuthToken HTTP_ACCESSTOKEN
    accesstoken ToKeN token2 oauth oauth2 OAuth xauth X-Auth Authorization proxy-authorization authorizations
    key api_key apiKey APIKey apikey APIKEY X-Api-Key XAPIKEY ApiKEY accessKeyId sort-key keys
    secret clientSecret client-secret clientsecret secrets password userPassword PASSWORD passwords dbpassword
    cookie Cookie Cookie2 Set-Cookie cookies session sessionId SESSION_ID X-Session sessions
    credential credentials X-Amz-Credential signature X-Amz-Signature X-Hub-Signature-256 signatures
    auth[token] user.password $key filter(secret)
"""
HARMLESS = """
    monkey keyword keyboard hockey author authority Authoring tokenize secretary obsession possession_id sessional
    passport cook signed pass Accept Host User-Agent Content-Type startAt endAt since limit showDeleted since2 x _ - 1
    If-None-Match X-Request-Id ETag Referer
    pageToken Idempotency-Key IDEMPOTENCY_KEY If-Match X-Mockcrm-Client
"""


@pytest.mark.parametrize("name", SECRET.split())
def test_a_name_with_the_word_of_a_secret_is_masked(name: str) -> None:
    assert MASK.hides(name)
    assert MASK.query(f"{name}=hush&a=1") == f"{name}=***&a=1"


@pytest.mark.parametrize("name", HARMLESS.split())
def test_any_other_name_and_the_api_s_own_are_not(name: str) -> None:
    assert not MASK.hides(name)
    assert MASK.query(f"{name}=plain") == f"{name}=plain"
    assert MASK.header(name, "plain") == "plain"


@pytest.mark.parametrize(
    ("name", "value", "masked"),
    [
        ("Authorization", "Bearer hush", "Bearer ***"),
        ("AUTHORIZATION", "AWS4-HMAC-SHA256 Credential=hush, Signature=hush", "AWS4-HMAC-SHA256 ***"),
        ("Authorization", "hush", "***"),
        ("Authorization", "", ""),
        ("Authorization", "=hush= hush", "***"),
        ("Proxy-Authorization", "Basic hush", "Basic ***"),
        ("X-Authorization", "Bearer hush", "***"),
        ("X-Api-Key", "hush hush", "***"),
        ("X-Api-Key", "", ""),
        ("REFERER", "http://app.example/a?access_token=hush&b=1#c", "http://app.example/a?access_token=***&b=1#c"),
        ("Referer", "http://app.example/#/a?token=hush", "http://app.example/#/a?token=***"),
        ("Location", "/callback#access_token=hush&state=1", "/callback#access_token=***&state=1"),
        ("Origin", "https://ann:hush@app.example", "https://***@app.example"),
        ("Referer", "https://ann:hu@sh@app.example/?b=1", "https://***@app.example/?b=1"),
        ("Referer", "https://app.example/@ann", "https://app.example/@ann"),
        (
            "Link",
            '<http://x/?token=hush>; rel="next", <http://x/?b=1>',
            '<http://x/?token=***>; rel="next", <http://x/',
        ),
        ("User-Agent", "sync (+https://ann:hush@x.example/?key=hush C#)", "sync (+https://***@x.example/?key=*** C#)"),
        ("User-Agent", "Mozilla/5.0 (key=1; what?)", "Mozilla/5.0 (key=1; what?)"),
        ("If-Match", '"a?token=b"', '"a?token=b"'),
    ],
)
def test_a_header_keeps_what_is_no_secret(name: str, value: str, masked: str) -> None:
    found = MASK.header(name, value)
    assert found.startswith(masked)
    assert "hush" not in found
    assert MASK.header(name, found) == found


@pytest.mark.parametrize(
    ("query", "masked"),
    [
        ("", ""),
        ("token", "token"),
        ("token=", "token="),
        ("=hush", "=hush"),
        ("token=hush=hush", "token=***"),
        ("a=1&token=hush&token=hush&b=%2b+%zz&&", "a=1&token=***&token=***&b=%2b+%zz&&"),
        ("access%5Ftoken=hush", "access%5Ftoken=***"),
        ("access%5ftoken%3Dhush", "access%5ftoken%3D***"),
        ("%74oken=hush&a=1", "%74oken=***&a=1"),
        ("a=1;token=hush;b=2&c=3", "a=1;token=***&c=3"),
        ("token=hush;b=hush&c=3", "token=***&c=3"),
        ("to=http://x/?token=hush", "to=http://x/?token=***"),
        ("to=https%3A%2F%2Fx%2F%3Fb%3D1%26token%3Dhush&c=3", "to=https%3A%2F%2Fx%2F%3Fb%3D1%26token%3D***&c=3"),
        ("to=http%3a%2f%2fann%3ahush%40x%2f&c=3", "to=http%3a%2f%2f***%40x%2f&c=3"),
        ("pageToken=abc&since=1", "pageToken=abc&since=1"),
        ("pageToken=abc;token=hush", "pageToken=abc;token=***"),
    ],
)
def test_a_query_is_otherwise_as_it_was_sent(query: str, masked: str) -> None:
    assert MASK.query(query) == masked
    assert MASK.query(masked) == masked


def test_more_names_can_be_masked_however_they_are_written() -> None:
    mask = Mask(["X-Tenant", "ключ"])
    assert mask.header("X_TENANT", "hush") == HIDDEN
    assert mask.query("x_tenant=hush&tenant=1&%D0%BA%D0%BB%D1%8E%D1%87=hush") == (
        "x_tenant=***&tenant=1&%D0%BA%D0%BB%D1%8E%D1%87=***"
    )
    assert mask.query("ключ=hush".encode().decode("latin-1")).endswith("=***")
    assert mask.query("a;x-tenant=hush&b=//ann:hush@x") == "a;x-tenant=***&b=//***@x"
    assert Mask("X-Tenant").hides("x-tenant")


@pytest.mark.parametrize("name", ["", " ", "a b", "a=b", "X-Foo:", "X-*", "a&b", "a%20b", "a\n", "x" * 101, "\u202e"])
def test_what_cannot_be_a_name_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="cannot be the name of a header or a parameter"):
        Mask([name])


def test_a_name_that_the_api_defines_is_refused() -> None:
    with pytest.raises(ValueError, match="page_token is a name of the API itself"):
        Mask(["page_token"], never=("page-Token",))


# Whatever is sent

_NAMES = st.sampled_from(["token", "api_key", "access%5Ftoken", "since", "limit", "pageToken", "a", "", "x%20y"])
_VALUES = st.text(st.sampled_from("ab1%+=*/:.?-_@é\xff "), max_size=12).map(lambda text: text.replace(" ", "%20"))
_PARTS = st.one_of(_NAMES, st.tuples(_NAMES, _VALUES).map("=".join))


@given(st.lists(_PARTS, min_size=1, max_size=6))
def test_only_the_values_of_masked_names_change(parts: list[str]) -> None:
    query = "&".join(parts)
    masked = MASK.query(query)
    assert MASK.query(masked) == masked
    for before, after in zip(parts, masked.split("&"), strict=True):
        name, equals, value = before.partition("=")
        if MASK.hides(name.replace("%5F", "_")):
            assert after == name + equals + (value and HIDDEN)
        elif "//" not in value:
            assert after == before


@given(st.text(st.sampled_from('token=&;?#%3Dd26FfA/:@ "<>kéy\xff'), max_size=60))
def test_masking_twice_is_masking_once_and_keeps_the_parameters(text: str) -> None:
    for mask in (MASK.query, MASK.text):
        assert mask(mask(text)) == mask(text)
    assert len(parse_qsl(MASK.query(text), keep_blank_values=True)) == len(parse_qsl(text, keep_blank_values=True))
