"""Verdicts into the HTML that goes out: what stays, in its structure, sanitised last. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape

import nh3

from filterfeed.types import Block, Verdict

_TAGS = set(
    (  # noqa: SIM905
        "a abbr b blockquote br caption cite code dd del details dfn dl dt em figcaption figure"
        " h1 h2 h3 h4 h5 h6 hr i img ins kbd li mark ol p pre q s samp small span strong sub"
        " summary sup table tbody td tfoot th thead time tr u ul var"
    ).split()
)
_ATTRIBUTES = {
    "a": {"href", "title"},
    "img": {"src", "alt", "title", "width", "height"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan"},
    "time": {"datetime"},
    "ol": {"start"},
}
_SANITISER = nh3.Cleaner(
    tags=_TAGS,
    attributes=_ATTRIBUTES,
    url_schemes={"http", "https", "mailto", "tel"},
    link_rel=None,
)
_CLOSED = re.compile(r"</(\w+)>\Z")


def clean(verdicts: Sequence[Verdict]) -> str:
    """The HTML of the blocks that stay, in order; "" when none does.

    A collapsed block becomes one line that opens (`details`).
    """
    parts: list[str] = []
    open_frame: tuple[tuple[str, int], ...] = ()
    last: Verdict | None = None
    for verdict in verdicts:
        if verdict.dropped:
            continue
        frame = verdict.block.frame
        parts += _between(open_frame, frame)
        open_frame = frame
        if last and _goes_on(last, verdict):
            parts[-1] = _joined(verdict.block.tag, parts[-1], _shown(verdict))
        else:
            parts.append(_shown(verdict))
        last = verdict
    parts += _between(open_frame, ())
    return sanitise("\n".join(parts))


def sanitise(html: str) -> str:
    """`html` without scripts, forms, embedded objects, styles and other than web links."""
    return _SANITISER.clean(html)


def _between(old: tuple[tuple[str, int], ...], new: tuple[tuple[str, int], ...]) -> list[str]:
    """The tags that close what only `old` is in, and open what only `new` is in."""
    shared = 0
    while shared < min(len(old), len(new)) and old[shared] == new[shared]:
        shared += 1
    closing = [f"</{tag}>" for tag, _ in reversed(old[shared:])]
    return closing + [f"<{tag}>" for tag, _ in new[shared:]]


def _goes_on(last: Verdict, verdict: Verdict) -> bool:
    """Whether both are the parts of a block that was cut in vain, since both stay."""
    one, other = last.block, verdict.block
    together = other.part == 2 and one.index == other.index - 1
    return together and last.action == verdict.action == "keep"


def _joined(tag: str, one: str, other: str) -> str:
    """Elements that the cut closed and opened again are one again; it is never in a link."""
    one, other = one.removesuffix(f"</{tag}>"), other.removeprefix(f"<{tag}>")
    while (closed := _CLOSED.search(one)) and other.startswith(f"<{closed[1]}>"):
        one, other = one[: closed.start()], other[len(closed[1]) + 2 :]
    return one + other


def _shown(verdict: Verdict) -> str:
    block = verdict.block
    if verdict.action == "keep":
        return block.html
    return _in_place(
        block, f"<details><summary>{escape(_line(block))}</summary>{block.html}</details>"
    )


def _in_place(block: Block, html: str) -> str:
    """A list, and a table, hold nothing but their own kind of child."""
    if block.tag in ("li", "dd", "dt"):
        return f"<{block.tag}>{html}</{block.tag}>"
    return html if block.tag != "tr" else block.html


def _line(block: Block) -> str:
    return block.text if len(block.text) <= 60 else block.text[:59].rstrip() + "…"
