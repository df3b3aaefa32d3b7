"""What becomes of pitches and notices that are glued to paragraphs of stories, and of the stories.

    python -m benchmarks.glued [--show]

Needs the corpus, and a minute. Each labelled document is judged as it is, and twice with a line of
pitches.jsonl glued to one of its paragraphs: after a space, in bold, after a line break, or after
nothing. The shipped model has never seen these lines, but it has learnt from the documents: what it
cuts off their paragraphs as they are is to be read (`--show`), more than to be counted.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from html import escape
from pathlib import Path
from random import Random

from benchmarks.contestants import shipped
from benchmarks.printing import machine, table
from filterfeed.classify import classify
from filterfeed.learn.corpus import samples
from filterfeed.learn.samples import Sample
from filterfeed.model import glued
from filterfeed.segment import segment
from filterfeed.types import Block, Policy, Verdict

CORPUS = Path(__file__).resolve().parents[2] / "shared" / "corpus" / "finance" / "blocks.jsonl.gz"
_PITCHES = Path(__file__).with_name("pitches.jsonl")
_JOINTS = ("{} {}", "{}<br>{}", "{}{}")
_COPIES = 2
_PARAGRAPH = 20
"""Words of a paragraph to which a line is glued, at least."""


@dataclass(frozen=True, slots=True)
class Made:
    """A document with a line glued to one of its blocks."""

    blocks: tuple[Block, ...]
    number: int
    pitch: int
    """Words of the line."""
    story: int
    """Words of the paragraph."""
    part: int
    """Where the line is: 1 or 2, first or second."""


def made(sample: Sample, lines: Sequence[dict[str, str]], dice: Random) -> Iterator[Made]:
    """None where a document has no paragraph, or one of several lines already."""
    rows = [
        number
        for number, (block, label) in enumerate(zip(sample.blocks, sample.labels, strict=True))
        if label == "article" and block.tag == "p" and len(block.text.split()) >= _PARAGRAPH
    ]
    for _ in range(_COPIES if rows else 0):
        number, line = dice.choice(rows), dice.choice(lines)
        whole = sample.blocks[number]
        inner = whole.html.removeprefix("<p>").removesuffix("</p>")
        pair = [inner, escape(line["text"], quote=False)]
        first = line["where"] == "start"
        html = dice.choice(_JOINTS).format(*(reversed(pair) if first else pair))
        parts = segment(f"<p>{html}</p>")
        if len(parts) == 1:
            one = replace(whole, text=parts[0].text, html=parts[0].html, key=parts[0].key)
            blocks = (*sample.blocks[:number], one, *sample.blocks[number + 1 :])
            sizes = len(line["text"].split()), len(whole.text.split())
            yield Made(blocks, number, *sizes, 1 if first else 2)


def gone(own: Made, verdicts: Sequence[Verdict]) -> Counter[str]:
    """Words of the line, and of the paragraph, that go."""
    whole = own.blocks[own.number].text
    found: Counter[str] = Counter()
    for verdict in verdicts:
        block = verdict.block
        if verdict.dropped and (block.text == whole or (block.part and block.text in whole)):
            words = len(block.text.split())
            pitch = 0 if block.part not in (0, own.part) else min(words, own.pitch)
            found.update(pitch=pitch, story=words - pitch)
    return found


def judged(sample: Sample, blocks: Sequence[Block], cut: bool) -> tuple[Verdict, ...]:
    """With blocks that are cut, or whole ones only."""
    as_ = "page" if sample.page else "body"
    if not cut:
        return classify(blocks, shipped().score(blocks, as_, sample.title), Policy(), {})
    return classify(*glued.score(shipped(), blocks, as_, sample.title), Policy(), {})


def cut_off(sample: Sample) -> Iterator[str]:
    """What is cut off from blocks of the story as they are, and goes."""
    story = [
        block.text
        for block, label in zip(sample.blocks, sample.labels, strict=True)
        if label == "article"
    ]
    for verdict in judged(sample, sample.blocks, cut=True):
        text = verdict.block.text
        if verdict.dropped and verdict.block.part and any(text in own for own in story):
            yield text


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--show", action="store_true", help="print what is cut off as they are")
    show = options.parse_args().show
    lines = [json.loads(line) for line in _PITCHES.read_text(encoding="utf-8").splitlines()]
    dice, glued_on, off = Random(0), Counter[str](), 0
    went = {"whole blocks": Counter[str](), "with parts": Counter[str]()}
    for sample in samples(CORPUS):
        for own in made(sample, lines, dice):
            glued_on.update(pitch=own.pitch, story=own.story)
            for cut, counts in enumerate(went.values()):
                counts.update(gone(own, judged(sample, own.blocks, bool(cut))))
        for text in cut_off(sample):
            off += len(text.split())
            if show:
                print(f"{sample.uid}: {text}")
    rows = [
        [name, *(f"{counts[kind] / glued_on[kind]:.1%}" for kind in ("pitch", "story"))]
        for name, counts in went.items()
    ]
    print(machine(), "\n")
    print(table(["words that go", "of the lines", "of their paragraphs"], rows))
    print(f"\n{off} words of the stories as they are go with parts of blocks")


if __name__ == "__main__":
    main()
