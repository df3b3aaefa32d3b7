"""Blocks in which story and something else are glued: what is cut off, and what never is."""

from __future__ import annotations

import json
from html import escape
from pathlib import Path
from typing import Any

import pytest

from filterfeed import api, model
from filterfeed.learn import evaluate
from filterfeed.learn.samples import Sample
from filterfeed.model import glued
from filterfeed.segment import segment
from filterfeed.story import finish, prepare
from filterfeed.types import Action, Block, CleanItem, Item, Policy

PROBES = Path(__file__).parent / "probes"
BEFORE = (
    "Harrow Mills raised its quarterly dividend to 14 cents a share after sales rose 6 percent."
)
STORY = (
    "The company earned $41.2 million, or 83 cents a share, compared with $36.9 million in 2024."
    " Analysts had expected 79 cents. Revenue at the bakery division climbed to $212 million,"
    " helped by a contract with the grocery chain Oakhurst"
)
NOTICE = "Disclosure: The author has no position in any of the stocks mentioned."
NOTICES = (
    NOTICE,
    "Disclaimer: The views and opinions expressed herein are those of the author and do not"
    " necessarily reflect those of this publication. All rights reserved.",
    "This article is for informational purposes only and should not be considered advice.",
)
PITCH = "Subscribe to our free newsletter and get our best stock picks in your inbox every week."
AFTER = "The shares rose 4.3 percent to $58.10 in afternoon trading, their highest since April."
BODY = f"<p>{BEFORE}</p><p>{STORY}. {NOTICE}</p><p>{PITCH} {STORY}.</p><p>{AFTER}</p>"


def rows(kind: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (PROBES / f"{kind}.jsonl").read_text().splitlines()]


def removed(row: dict[str, Any]) -> str:
    """What goes of a block between its neighbours."""
    html = "".join(f"<p>{escape(row[name])}</p>" for name in ("before", "text", "after"))
    return " ".join(own.block.text for own in api.label_body(html) if own.dropped)


def cleaned(html: str, **policy: Any) -> CleanItem:
    item = Item(guid="1", link="https://wire.example/mills", title="Mills", content=html)
    return finish(prepare(item, None, model.load(), "auto"), Policy(**policy), {})


def scored(html: str) -> tuple[Block, ...]:
    blocks, _ = glued.score(model.load(), segment(html), "body")
    return blocks


def test_what_is_glued_to_a_story_goes() -> None:
    """Half of the pitches and notices at the start or end of a paragraph, and nothing of it."""
    results = [(removed(row), row["glued"]) for row in rows("glued")]
    assert sum(gone == pitch for gone, pitch in results) * 2 >= len(results)
    assert all(gone in pitch for gone, pitch in results)


def test_what_only_sounds_so_stays() -> None:
    """Stories about subscribers, disclosures and offers, quotes, figures: all of them but one."""
    assert sum(bool(removed(row)) for row in rows("not_glued")) <= 1


def test_the_story_is_whole() -> None:
    """Both parts are blocks of their own; the story's stays, the other goes and can be found."""
    clean = cleaned(BODY)
    assert clean.html.count(STORY) == 2
    assert "Disclosure" not in clean.html
    assert "newsletter" not in clean.html
    gone = [verdict for verdict in clean.verdicts if verdict.dropped]
    assert [(own.block.text, own.label) for own in gone] == [(NOTICE, "legal"), (PITCH, "ad")]
    assert all(own.reason.startswith("glued: ") for own in gone)
    assert [own.block.index for own in clean.verdicts] == [0, 1, 2, 3, 4, 5]


def test_a_block_that_would_go_is_cut_too() -> None:
    """What is of the story in it mostly stays."""
    stays = []
    for story in (STORY, *(own for own in STORY.split(". ") if len(own) > 60)):
        for notice in NOTICES:
            html = f"<p>{BEFORE}</p><p>{story}. {notice}</p><p>{AFTER}</p>"
            if model.load().score(segment(html), "body")[1][0] < 1 - Policy().threshold:
                stays.append(story in cleaned(html).html)
    assert stays
    assert sum(stays) * 2 >= len(stays)


@pytest.mark.parametrize(
    ("policy", "there"),
    [
        ({"legal": "keep"}, f"<p>{STORY}. {NOTICE}</p>"),
        ({"legal": "collapse"}, f"<p>{STORY}. </p>\n<details><summary>Disclosure: The author"),
        ({"keep_patterns": ("no position in",)}, f"<p>{STORY}. {NOTICE}</p>"),
        ({"legal": "keep", "drop_patterns": ("no position in",)}, f"<p>{STORY}. </p>"),
        ({"threshold": 1.0}, f"<p>{STORY}. {NOTICE}</p>"),
    ],
)
def test_a_part_is_treated_as_any_block(policy: dict[str, Action], there: str) -> None:
    """Actions, patterns and threshold hold for it; where it stays, the block is as it came."""
    assert there in cleaned(BODY, **policy).html


def test_a_part_that_recurs_is_remembered() -> None:
    """By its own words, whatever it is glued to."""
    item = Item(guid="1", title="Mills", content=BODY)
    keys = prepare(item, None, model.load(), "auto").keys
    assert segment(f"<p>{NOTICE}</p>")[0].key in keys


def test_explain_says_what_was_cut() -> None:
    """And by which words."""
    reasons = [verdict.reason for verdict in api.label_body(BODY) if verdict.block.part]
    assert len(reasons) == 4
    assert all(reason.startswith("glued: model: ") for reason in reasons)
    assert "glued" not in api.label_body(BODY)[0].reason


@pytest.mark.parametrize(
    "html",
    [
        f"<table><tr><td>{STORY}. {PITCH}</td><td>83</td></tr></table>",
        f"<p>{BEFORE}</p><h2>{STORY}. {PITCH}</h2>",
        f"<p>{BEFORE}</p><p><a href='https://wire.example/'>{STORY}. {PITCH}</a></p>",
        f"<p>{PITCH}</p><p>{NOTICE}</p>",
        "<p>Profit rose.</p>",
        "",
    ],
)
def test_what_is_not_cut(html: str) -> None:
    """Rows of tables, headings, links, and blocks that are of one kind."""
    assert scored(html) == segment(html)


def test_other_blocks_are_judged_as_before() -> None:
    """Whether a block is cut changes nothing for its neighbours."""
    blocks = segment(BODY)
    _, scores = glued.score(model.load(), blocks, "body")
    whole = model.load().score(blocks, "body")
    assert (scores[0], scores[-1]) == (whole[0], whole[-1])


def test_markup_of_the_story_survives() -> None:
    """Also where an element spans story and pitch."""
    entry = f"<li><b>Profit</b> <i>rose. {STORY}. {NOTICE}</i></li>"
    html = f"<p>{BEFORE}</p><ul>{entry}</ul><p>{AFTER}</p>"
    assert f"<li><b>Profit</b> <i>rose. {STORY}. </i></li>" in cleaned(html).html


def test_a_block_that_is_cut_in_vain_goes_out_as_it_came() -> None:
    """To the byte, also where an element spans story and pitch."""
    block = f"<p>Profit <i>rose, <b>said Pell. {STORY}. {NOTICE}</b></i></p>"
    clean = cleaned(f"<p>{BEFORE}</p>{block}<p>{AFTER}</p>", legal="keep")
    assert any(verdict.block.part for verdict in clean.verdicts)
    assert block in clean.html


def test_evaluation_counts_parts() -> None:
    """A cut off part of a story is a loss of so many words of it: both have the whole's label."""
    blocks = segment(BODY)
    labels = ("article", "article", "", "article")
    (own,) = evaluate.score(model.load(), [Sample("1", "a", "a", False, "", blocks, labels)])
    assert own.sample.labels == ("article", "article", "article", "", "", "article")
    tally = evaluate.report([own], Policy()).total
    assert tally.lost == len(NOTICE.split())


@pytest.mark.timeout(30)
def test_many_glued_blocks_take_no_long_time() -> None:
    """What the story says is read once, not for each of them."""
    rows = (f"<p>{STORY}. Item {number}. {PITCH}</p><p>{number}</p>" for number in range(2000))
    assert len(scored("".join(rows))) == 4000


@pytest.mark.timeout(30)
def test_a_long_block_takes_no_long_time() -> None:
    """Ten thousand sentences are weighed once each."""
    html = f"<p>{f'{STORY}. ' * 5000}{f'{PITCH} ' * 5000}</p>"
    assert len(scored(html)) <= 2
