"""Dates as feeds write them, into moments."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from time import struct_time

_MONTHS = {
    **{"jan": 1, "feb": 2, "mar": 3, "apr": 4, "may": 5, "jun": 6, "jul": 7, "aug": 8, "sep": 9},
    **{"oct": 10, "nov": 11, "dec": 12, "mär": 3, "mrz": 3, "mai": 5, "okt": 10, "dez": 12},
}
# Hours. Names that mean different times in different countries (IST, BST in Asia) count as UTC.
_ZONES = {
    **{"est": -5, "edt": -4, "cst": -6, "cdt": -5, "mst": -7, "mdt": -6, "pst": -8, "pdt": -7},
    **{"et": -5, "ct": -6, "mt": -7, "pt": -8, "cet": 1, "cest": 2, "met": 1, "mest": 2},
    **{"eet": 2, "eest": 3, "bst": 1, "jst": 9},
}
_TIME = (
    r"(?P<hour>\d\d?):(?P<minute>\d\d?)(?::(?P<second>\d\d?)(?:[.,]\d+)?)?\s*(?P<half>[ap]m)?"
    r"\s*(?P<zone>(?:gmt|utc)?[+-]\d\d?:?(?:\d\d)?|[a-z]{1,5}(?:/[a-z]+)?)?"
)
_ISO = re.compile(
    rf"(?P<year>\d{{4}})[-/](?P<month>\d\d?)[-/](?P<day>\d\d?)(?:[T\s]\s*{_TIME})?\W*",
    re.IGNORECASE,
)
_RFC822 = re.compile(
    r"(?:[^\W\d]+\.?,?\s*)?(?P<day>\d\d?)[\s.-]+(?P<month>[^\W\d]{3,})\.?[\s,-]+"
    rf"(?P<year>\d{{4}}|\d\d)(?:[\s,]+{_TIME})?(?:\W.*)?",
    re.IGNORECASE,
)
_OFFSET = re.compile(r"([+-])(\d\d?):?(\d\d)?$")
# There were no feeds before 1997 and few online archives reach behind 1990, while the years in use
# for "no date" (1, 1601, 1899, 1970, 1980) are older. Beyond 2100 it is a slip, never a plan.
_YEARS = range(1990, 2101)


def date(text: str, parsed: struct_time | None = None) -> datetime | None:
    """The moment that a feed's date names, in UTC; None when it names none that can be true.

    Dates without a zone are UTC. `parsed` is feedparser's reading, for forms unknown here.
    """
    text = " ".join(text[:200].split())
    if re.fullmatch(r"\d{10}|\d{13}", text):
        return _in_range(datetime.fromtimestamp(int(text[:10]), UTC))
    match = _ISO.fullmatch(text) or _RFC822.fullmatch(text)
    try:
        return _in_range(_moment(match) if match else _trusted(text, parsed))
    except (ValueError, OverflowError):
        return None


def _in_range(moment: datetime | None) -> datetime | None:
    return moment if moment and moment.year in _YEARS else None


def _moment(match: re.Match[str]) -> datetime | None:
    month = match["month"]
    year = int(match["year"])
    if len(match["year"]) == 2:
        year += 1900 if year >= 90 else 2000
    return datetime(
        year,
        int(month) if month.isdecimal() else _MONTHS.get(month[:3].lower(), 0),
        int(match["day"]),
        _hour(match["hour"], match["half"]),
        int(match["minute"] or 0),
        min(int(match["second"] or 0), 59),  # 60: a leap second
        tzinfo=_zone(match["zone"] or ""),
    ).astimezone(UTC)


def _hour(hour: str | None, half: str | None) -> int:
    number = int(hour or 0)
    if not half:
        return number
    return number % 12 + (12 if half.lower() == "pm" else 0)


def _zone(name: str) -> timezone:
    offset = _OFFSET.search(name)
    if not offset:
        return timezone(timedelta(hours=_ZONES.get(name.lower(), 0)))
    shift = timedelta(hours=int(offset[2]), minutes=int(offset[3] or 0))
    if shift > timedelta(hours=14):  # no place on earth: the rest of the date still holds
        return UTC
    return timezone(shift if offset[1] == "+" else -shift)


def _trusted(text: str, parsed: struct_time | None) -> datetime | None:
    """feedparser fills what it does not find in a date from the clock: the year must be there."""
    if not parsed or not any(str(parsed.tm_year + off) in text for off in (-1, 0, 1)):
        return None
    return datetime(*parsed[:6], tzinfo=UTC)
