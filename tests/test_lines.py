"""Our own lines in other publishers' stories, short excerpts, second readings, corrections."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from filterfeed import model
from filterfeed.errors import SourceError
from filterfeed.learn.adapt import adapt
from filterfeed.learn.corpus import (
    documents,
    labelled,
    our_documents,
    reread,
    second_readings,
    shipped_file,
)
from filterfeed.learn.excerpts import excerpts
from filterfeed.learn.lines import COPIES, PAGE_COPIES, groups, set_into
from filterfeed.learn.samples import Sample
from filterfeed.types import LABELS

STORY = [f"The mill sold {number} tonnes of paper to a buyer in the north." for number in range(8)]


def story(publisher: str = "mill", extra: tuple[tuple[str, str], ...] = ()) -> Sample:
    gold = [(text, "article") for text in STORY] + list(extra)
    html = "".join(f"<p>{text}</p>" for text, _ in gold)
    rows = [{"text": text, "label": label} for text, label in gold]
    document = {"uid": f"{publisher}-{len(gold)}", "publisher": publisher, "as": "body"}
    return labelled({**document, "html": html, "gold": rows})


def test_our_lines_are_in_order() -> None:
    """Each has a text, one of the labels and a place; ads, notices and story lines are there."""
    rows = list(documents(shipped_file("lines.jsonl", "models")))
    assert {row["where"] for row in rows} == {"start", "within", "end"}
    assert {row["label"] for row in rows} == set(LABELS)
    assert len({row["text"] for row in rows}) == len(rows) > 2000


def test_excerpts_are_short_and_as_they_were(tmp_path: Path) -> None:
    """The start of each body and passages of it, and our own story lines among a few blocks."""
    file = tmp_path / "lines.jsonl"
    rows = [
        {"text": "The mill has no debt", "label": "article", "where": "within", "group": "1"},
        {"text": "Buy our letter", "label": "ad", "where": "end", "group": "2"},
    ]
    file.write_text("\n".join(map(json.dumps, rows)))
    whole = story(extra=(("Read our other stories", "ad"),))
    found = list(excerpts([whole], groups(file)))
    assert found == list(excerpts([whole], groups(file)))
    *cut, own = found
    told = [block.text for block in whole.blocks]
    for part in cut:
        texts = [block.text for block in part.blocks]
        first = told.index(texts[0])
        assert texts == told[first : first + len(texts)]
        assert part.labels == whole.labels[first : first + len(texts)]
        assert len(texts) <= 5
        assert [block.index for block in part.blocks] == list(range(len(texts)))
    assert cut[0].blocks[0].text == STORY[0]
    assert "The mill has no debt" in [block.text for block in own.blocks]
    assert len(own.blocks) <= 4
    assert set(own.labels) == {"article"}
    assert not list(excerpts([], groups(file)))


def test_lines_are_set_into_stories(tmp_path: Path) -> None:
    """Each group stands together in as many stories as asked, in its place; labelled are it and
    the story's blocks beside it."""
    file = tmp_path / "lines.jsonl"
    rows = [
        {"text": "Buy our letter", "label": "ad", "where": "end", "group": "1"},
        {"text": "It costs nothing", "label": "ad", "where": "end", "group": "1"},
        {"text": "No advice is given here", "label": "legal", "where": "start", "group": "2"},
    ]
    file.write_text("\n".join(map(json.dumps, rows)))
    found = set_into([story()], groups(file))
    assert len(found) == COPIES
    assert found == set_into([story()], groups(file))
    for own in found:
        assert len(own.blocks) == len(own.labels) == len(STORY) + len(rows)
        assert [block.index for block in own.blocks] == list(range(len(own.blocks)))
        told = {own.blocks[row].text: own.labels[row] for row in own.rows()}
        lines = {row["text"]: row["label"] for row in rows}
        assert {text: told.pop(text) for text in lines} == lines
        assert set(told.values()) == {"article"}
        assert STORY[-1] in told
        texts = [block.text for block in own.blocks]
        assert texts[-2:] == ["Buy our letter", "It costs nothing"]
        assert texts.index("No advice is given here") <= 2


def test_lines_on_a_page_stand_where_the_story_does(tmp_path: Path) -> None:
    """Between the first and the last of its blocks, in the same elements; the rest is cut off."""
    file = tmp_path / "lines.jsonl"
    file.write_text('{"text": "Buy our letter", "label": "ad", "where": "end", "group": "1"}')
    own = story()
    place = ("html", "div text")
    furniture = [replace(own.blocks[0], text=f"Menu {number}") for number in range(9)]
    page = replace(
        own,
        page=True,
        blocks=(*furniture, *(replace(block, path=place) for block in own.blocks), *furniture),
        labels=("",) * 9 + own.labels + ("",) * 9,
    )
    found = set_into([page], groups(file))
    assert len(found) == PAGE_COPIES
    (last, row) = found[0].rows()
    assert found[0].labels[last] == "article"
    assert found[0].blocks[row].path == place
    texts = [block.text for block in found[0].blocks]
    assert texts[row - 1 : row + 2] == [STORY[-1], "Buy our letter", "Menu 0"]
    assert texts[0] == "Menu 6"


def test_lines_without_a_story(tmp_path: Path) -> None:
    """Nothing is set into short texts; a line without a label is named."""
    file = tmp_path / "lines.jsonl"
    file.write_text('{"text": "Buy", "label": "ad", "where": "end", "group": "1"}')
    short = replace(story(), labels=("",) * len(story().labels))
    assert set_into([short], groups(file)) == []
    file.write_text('{"text": "Buy", "label": "advert", "where": "end", "group": "1"}')
    with pytest.raises(SourceError, match=r"lines\.jsonl: line 1: no text with one of the labels"):
        groups(file)


def test_a_second_reading_changes_one_block(tmp_path: Path) -> None:
    """That with the number and the key; a block that is another by now keeps its label."""
    own = story()
    file = tmp_path / "readings.jsonl"
    rows = [
        {"uid": own.uid, "block": 1, "key": own.blocks[1].key, "label": "chrome"},
        {"uid": own.uid, "block": 2, "key": "another", "label": "chrome"},
    ]
    file.write_text("\n".join(map(json.dumps, rows)))
    changed = reread(own, second_readings(file)[own.uid])
    assert changed.labels == ("article", "chrome", *["article"] * (len(STORY) - 2))


def test_corrections_mend_a_publisher_and_nothing_else() -> None:
    """What was corrected is judged as told, and so is what is like it; all else as before."""
    pitch = "Join the Millstone Circle and hear from Ada before the bell each Monday."
    like = "Join the Millstone Circle and hear from Ada before the bell each Friday."
    shipped = model.load()
    mended = adapt(shipped, [story(extra=((pitch, "legal"),))])
    assert _label(mended, pitch) == _label(mended, like) == "legal" != _label(shipped, like)
    others = [labelled(own) for own in our_documents()]
    before = [_likeliest(shipped, own) for own in others]
    after = [_likeliest(mended, own) for own in others]
    same = sum(
        x == y for a, b in zip(before, after, strict=True) for x, y in zip(a, b, strict=True)
    )
    assert same >= 0.995 * sum(map(len, before))


def test_corrections_survive_the_file() -> None:
    """Dumped and loaded they say the same; the same labels give the same bytes."""
    samples = [story(extra=(("Join the Millstone Circle today.", "ad"),))]
    mended = adapt(model.load(), samples)
    data = model.dump(mended)
    assert data == model.dump(adapt(model.load(), samples))
    blocks = samples[0].blocks
    assert model.loads(data).score(blocks, "body") == mended.score(blocks, "body")


def _label(own: model.Model, text: str) -> str:
    return _likeliest(own, story(extra=((text, "ad"),)))[-1]


def _likeliest(own: model.Model, sample: Sample) -> list[str]:
    scores = own.score(sample.blocks, "body", sample.title)
    return [LABELS[score.index(max(score))] for score in scores]
