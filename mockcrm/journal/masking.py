"""Masks secrets in the headers, queries and addresses that clients send. Bodies are not masked."""

import re
from collections.abc import Iterable
from functools import lru_cache
from urllib.parse import unquote_to_bytes

HIDDEN = "***"
"""Stands in the place of a secret."""

_WORDS = frozenset(
    {
        "apikey",
        "auth",
        "authorization",
        "cookie",
        "credential",
        "key",
        "password",
        "secret",
        "session",
        "signature",
        "token",
    }
)
# WSGI has headers in capitals, so `accessToken` must be found in `ACCESSTOKEN`, too. Two words are left out, because
# harmless ones end like them (monkey, obsession).
_AT_THE_END = tuple(_WORDS - {"key", "session"})
_WITH_SCHEME = frozenset({"authorization", "proxy-authorization"})
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9._-]{0,39} ")

_LETTERS = re.compile(r"[A-Za-z]+")
_CASED = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")

# Names and values may be separated by encoded characters, too: in an address that is the value of a parameter, or by a
# client that encodes too much.
_NAMED = re.compile(r"(?:^|[?#;]|%3F|%23|%3B|%26)((?:[^=?#;%]|%(?!3D|3F|23|3B|26))*)(?:=|%3D)", re.IGNORECASE)
_USER = re.compile(r'(//|%2F%2F)(?:[^/?#%\s"<>]|%(?!2F|3F|23))+(@|%40)', re.IGNORECASE)
_SEARCHED = re.compile(r"[;?#]|//|%[23]")
_AFTER_THE_PATH = re.compile(r'[?#][^\s"<>]+')

_NO_NAME = re.compile(r'[\s=&;:,?#%"*]')
_LONGEST = 100
_REMEMBERED = 512
"""For how many names the mask remembers whether they are hidden."""


class Mask:
    """Which headers and parameters are masked: those whose names have a word such as `token`, and those in `more`.

    Names in `never` are not masked. Names compare without case, and `-` equals `_`. Raises `ValueError` for a name in
    `more` that no header or parameter can have, or that is in `never`, too.
    """

    def __init__(self, more: str | Iterable[str] = (), never: Iterable[str] = ()) -> None:
        self._never = frozenset(map(_folded, never))
        self._more = frozenset(map(self._added, [more] if isinstance(more, str) else more))
        self.hides = lru_cache(_REMEMBERED)(self._hides)

    def _added(self, name: str) -> str:
        if not 0 < len(name) <= _LONGEST or not name.isprintable() or _NO_NAME.search(name):
            rule = f'1 to {_LONGEST} printable characters, without blanks and = & ; : , ? # % " *'
            raise ValueError(f"{name[:_LONGEST]!r} cannot be the name of a header or a parameter: those have {rule}.")
        if _folded(name) in self._never:
            raise ValueError(f"{name} is a name of the API itself, and is never masked.")
        return _folded(name)

    def _hides(self, name: str) -> bool:
        folded = _folded(name)
        return folded not in self._never and (folded in self._more or any(map(_is_secret, _words(name))))

    def header(self, name: str, value: str) -> str:
        """The value of a header, masked if need be. Credentials keep their scheme: `Bearer ***`."""
        if self.hides(name):
            return _hidden(value) if _folded(name) in _WITH_SCHEME else value and HIDDEN
        return value if _folded(name) in self._never else self.text(value)

    def text(self, text: str) -> str:
        """A text in which addresses have no secrets: neither in their queries, nor as user and password."""
        if "//" in text:
            text = _USER.sub(rf"\1{HIDDEN}\2", text)
        if "?" not in text and "#" not in text:
            return text
        return _AFTER_THE_PATH.sub(lambda match: match[0][0] + self.query(match[0][1:]), text)

    def query(self, query: str) -> str:
        """A query as it was sent, with the values of masked parameters hidden up to the next `&`.

        Other values may be addresses, or parameters separated by `;`: they are masked within.
        """
        return "&".join(map(self._parameter, query.split("&"))) if query else query

    def _parameter(self, text: str) -> str:
        # Most parameters, long ones among them, need no search.
        if not _SEARCHED.search(text) and not self.hides(_decoded(text.partition("=")[0])):
            return text
        text = _USER.sub(rf"\1{HIDDEN}\2", text)
        for match in _NAMED.finditer(text):
            if self.hides(_decoded(match[1])):
                return text[: match.end()] + (text[match.end() :] and HIDDEN)
        return text


def _folded(name: str) -> str:
    return name.lower().replace("_", "-")


def _words(name: str) -> Iterable[str]:
    """The words of a name in lower case: its runs of letters, and these split at their capitals."""
    return (word.lower() for pattern in (_LETTERS, _CASED) for word in pattern.findall(name))


def _is_secret(word: str) -> bool:
    word = word.removesuffix("s")
    return word in _WORDS or word.endswith(_AT_THE_END)


def _hidden(credentials: str) -> str:
    scheme = _SCHEME.match(credentials)
    return (scheme[0] if scheme else "") + HIDDEN if credentials else ""


def _decoded(name: str) -> str:
    """A parameter's name, decoded. WSGI has a character for each byte."""
    if name.isascii() and "%" not in name:
        return name
    return unquote_to_bytes(name.encode("latin-1", "replace")).decode("utf-8", "replace")
