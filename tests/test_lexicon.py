"""What is read of many blocks at once is what the features of each are by their definition."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from filterfeed.model.features import form_cues, text_cues, tokens, word_cues
from filterfeed.model.lexicon import MOST_TEXTS, Lexicon, Read
from filterfeed.model.measures import MEASURES, measures
from filterfeed.types import Block

WORDS = (  # noqa: SIM905
    "Profit rose ROSE 4.3% in 2024 $ $5 €5 @ ? ! … don't isn’t É ß İ Σ 中文字 あ ٣ ² Ⅷ a_b x1y2"
    " ^ = # < / . 0 00 'tis"
).split()
TEXTS = st.lists(st.one_of(st.sampled_from(WORDS), st.text(max_size=6)), max_size=12).map(" ".join)
LONG = " ".join(f"word{'abcdefghij'[number % 10]} {number}" for number in range(150))


def read(lexicon: Lexicon, texts: Sequence[str]) -> tuple[Read, Read]:
    words = [tokens(text) for text in texts]
    return lexicon.words(words), lexicon.names([form_cues(own, "p") for own in words])


def found(reads: Sequence[Read], text: int) -> list[int]:
    """The rows of the cues of a text, in order."""
    return sorted(row for own in reads for row in own.rows[own.owners == text].tolist())


@given(st.lists(TEXTS, min_size=1, max_size=8), st.lists(TEXTS, max_size=8), st.integers(1, 4))
def test_rows_are_those_of_the_cues(texts: list[str], known: list[str], every: int) -> None:
    """Whatever part of the cues a model knows: as many of each text, and the same ones."""
    texts = [*texts, LONG, f"{LONG} {texts[0]}"]
    cues = dict.fromkeys(cue for text in [*known, *texts] for cue in text_cues(text, "p"))
    vocabulary = {cue: row for row, cue in enumerate(list(cues)[::every])}
    reads = read(Lexicon(vocabulary), texts)
    for number, text in enumerate(texts):
        own = text_cues(text, "p")
        assert found(reads, number) == sorted(vocabulary[cue] for cue in own if cue in vocabulary)
        assert sum(int(part.counts[number]) for part in reads) == len(own) == len(set(own))


def test_strange_words_are_told_apart() -> None:
    """A model that knows nothing: cues are counted all the same, those that recur once."""
    texts = ["ka ri ka ri mo", "ri ka", "", "mo"] * (MOST_TEXTS // 4)
    words = Lexicon({}).words([tokens(text) for text in texts])
    assert len(words.rows) == 0
    assert words.counts.tolist() == [len(word_cues(tokens(text))) for text in texts]


@given(st.lists(TEXTS, min_size=1, max_size=8))
def test_words_capitals_and_digits_are_counted(texts: list[str]) -> None:
    """As the methods of strings count them, whatever the script."""
    blocks = [Block(number, text, "", "p") for number, text in enumerate(texts)]
    rows = dict(zip(MEASURES, measures(blocks, False, "").T.tolist(), strict=True))
    for number, text in enumerate(texts):
        words = text.split()
        capitals = sum(word[0].isupper() for word in words)
        digits = sum(map(str.isdecimal, text))
        assert round(rows["capitals"][number] * max(1, len(words))) == capitals
        assert round(rows["digits"][number] * max(1, len(text))) == digits
        assert round(rows["log_length"][number] * 10) == len(text).bit_length()
