"""Texts as words and as runs of words, by which they are compared. Pure.

Runs of words ("shingles") as in Broder, "On the resemblance and containment of documents" (1997).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_WORD = re.compile(r"\w+")
CJK = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_UNSPACED = re.compile(f"{CJK.pattern[:-1]}\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]")
"""Those, and Thai, Lao, Burmese and Khmer."""

Words = tuple[str, ...]


def words(text: str) -> Words:
    """Lower-case words; scripts without spaces a character each."""
    found: list[str] = []
    for word in _WORD.findall(text.lower()):
        found.extend(word) if CJK.search(word) else found.append(word)
    return tuple(found)


def length(text: str) -> int:
    """How many words a text has; in scripts without spaces two characters count as one."""
    spaced_out = len(text.split())
    return spaced_out if text.isascii() else spaced_out + len(_UNSPACED.findall(text)) // 2


def spaced(own: Words) -> str:
    """Words as one text: what is in it is in there as whole words."""
    return f" {' '.join(own)} "


def runs(own: Words, size: int) -> Iterator[Words]:
    """All runs of `size` words, in order; none of a shorter text."""
    return (own[start : start + size] for start in range(len(own) - size + 1))
