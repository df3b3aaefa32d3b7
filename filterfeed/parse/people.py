"""Who wrote an item: Atom's author elements, RSS's "mail (Name)", dc:creator, itunes:author."""

from __future__ import annotations

import re
from collections.abc import Iterable

from filterfeed import markup
from filterfeed.markup import Element
from filterfeed.parse import values
from filterfeed.parse.names import AUTHORS, Name
from filterfeed.types import Person

_MAIL = r"(?P<email>[^\s@<>()]+@[^\s@<>()]+)"
_FORMS = (
    re.compile(rf"{_MAIL}\s*\((?P<name>.*)\)"),
    re.compile(rf"(?P<name>.*?)\s*[<(]\s*{_MAIL}\s*[>)]"),
    re.compile(rf"{_MAIL}(?P<name>)"),
)
_LONGEST = 300  # characters of a name; more are no name


def authors(named: Iterable[tuple[Element, Name]], base: str) -> tuple[Person, ...]:
    """Each author once, although many feeds name them in two elements."""
    people: dict[str, Person] = {}
    for element, name in named:
        if name in AUTHORS:
            person = _person(element, base)
            key = person.name or person.email or person.url
            people[key] = max(people.get(key, person), person, key=_known)
    people.pop("", None)
    return tuple(people.values())


def _known(person: Person) -> int:
    return bool(person.email) + bool(person.url)


def _person(element: Element, base: str) -> Person:
    parts = {markup.name(part)[1].lower(): part.text or "" for part in element}
    if not parts:
        return _from_text(values.plain((element.text or "")[:_LONGEST], is_html=True))
    return Person(
        name=values.plain(parts.get("name", "")[:_LONGEST], is_html=True),
        email=parts.get("email", "")[:_LONGEST].strip().removeprefix("mailto:"),
        url=values.absolute(parts.get("uri", "") or parts.get("url", ""), base),
    )


def _from_text(text: str) -> Person:
    for form in _FORMS:
        match = form.fullmatch(text)
        if match:
            return Person(name=match["name"].strip(), email=match["email"].removeprefix("mailto:"))
    return Person(name=text)
