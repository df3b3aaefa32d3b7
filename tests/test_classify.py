"""From scores to verdicts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from filterfeed.classify import classify, remembered
from filterfeed.segment import segment
from filterfeed.types import Block, Policy, Probabilities, Verdict

STORY: Probabilities = (0.97, 0.01, 0.01, 0.01)
AD: Probabilities = (0.03, 0.9, 0.04, 0.03)
DOUBT: Probabilities = (0.4, 0.5, 0.05, 0.05)
THAI = "หากชอบข่าวนี้สมัครรับจดหมายข่าวฟรีทุกเช้าได้ที่นี่"
JAPANESE = "この記事が気に入ったら、毎朝届く無料のメールに登録してください。"
LONG = "This text of more than a dozen words stands under each of their stories, day by day."


def block(text: str, index: int = 0, html: str = "") -> Block:
    return Block(index=index, text=text, html=html or f"<p>{text}</p>", tag="p", key=text)


def test_what_is_sure_goes_and_what_is_in_doubt_stays() -> None:
    """A block goes only when it is likelier than the threshold that it is not the story's."""
    blocks = [block("Profit rose."), block("Buy now!"), block("Perhaps.")]
    verdicts = classify(blocks, [STORY, AD, DOUBT], Policy(threshold=0.8), {})
    assert [(own.label, own.action) for own in verdicts] == [
        ("article", "keep"),
        ("ad", "drop"),
        ("ad", "keep"),
    ]
    assert verdicts[2].reason.startswith("in doubt")
    assert classify(blocks, [STORY, AD, DOUBT], Policy(threshold=0.5), {})[2].dropped


def test_the_policy_says_what_happens_to_a_label() -> None:
    """Each label is dropped, collapsed or kept as the policy wants."""
    for action in ("keep", "collapse", "drop"):
        (verdict,) = classify([block("Buy!")], [AD], Policy(ad=action), {})
        assert (verdict.label, verdict.action) == ("ad", action)


def test_patterns_have_the_last_word() -> None:
    """A keep pattern keeps what the model would drop, a drop pattern drops what it would keep."""
    policy = Policy(keep_patterns=("Buy",), drop_patterns=("Profit",))
    kept, dropped = classify([block("Buy!"), block("Profit rose.")], [AD, STORY], policy, {})
    assert (kept.action, kept.label) == ("keep", "article")
    assert dropped.dropped
    assert "Profit" in dropped.reason


def test_what_recurs_in_other_stories_is_boilerplate() -> None:
    """The memory tips a doubtful block, more so the more stories have it; one other is chance."""
    for stories, dropped in ((0, False), (1, False), (3, True)):
        (verdict,) = classify([block(LONG)], [DOUBT], Policy(), {LONG: stories})
        assert verdict.dropped is dropped
    assert verdict.reason == "boilerplate memory: in 3 other stories"


@pytest.mark.parametrize("text", [LONG, JAPANESE, THAI])
def test_a_handful_of_stories_is_enough(text: str) -> None:
    """For the memory alone, though the model takes the block for the story's."""
    for stories, dropped in ((2, False), (6, True)):
        (verdict,) = classify([block(text)], [STORY], Policy(), {text: stories})
        assert verdict.dropped is dropped


def test_a_short_line_may_recur_in_stories() -> None:
    """ "Key points" in each story is the story's when the model is sure of it."""
    (verdict,) = classify([block("Key points")], [STORY], Policy(), {"Key points": 30})
    assert verdict.action == "keep"


@given(
    st.lists(st.floats(0.001, 1), min_size=4, max_size=4), st.integers(1, 80), st.integers(0, 200)
)
def test_memory_only_ever_speaks_against_the_story(
    raw: list[float], words: int, stories: int
) -> None:
    """Remembered scores are probabilities, and no higher for the story."""
    a, b, c, d = (value / sum(raw) for value in raw)
    after = remembered((a, b, c, d), words, stories)
    assert sum(after) == pytest.approx(1)
    assert after[0] <= a + 1e-9


def test_a_picture_goes_with_the_text_beside_it() -> None:
    """A picture beside story text stays, between advertisements it goes, a pixel always goes."""
    html = (
        "<p>Ad one</p><img src='https://x.example/a.png'><p>Ad two</p><p>Story</p>"
        "<img src='https://x.example/b.png'><img src='https://x.example/p.gif' width=1 height=1>"
    )
    blocks = segment(html)
    scores = [AD if own.text.startswith("Ad") else STORY for own in blocks]
    verdicts = classify(blocks, scores, Policy(), {})
    assert [own.dropped for own in verdicts] == [True, True, True, False, False, True]


def test_a_picture_at_the_start_looks_past_a_line_of_advertising() -> None:
    """A lead picture above a newsletter line and the story is the story's."""
    html = "<img src='https://x.example/a.png'><p>Ad</p><p>Story</p>"
    blocks = segment(html)
    scores = [AD if own.text == "Ad" else STORY for own in blocks]
    verdicts = classify(blocks, scores, Policy(), {})
    assert [own.dropped for own in verdicts] == [False, True, False]


@pytest.mark.timeout(10)
def test_many_pictures_take_no_long_time() -> None:
    """Each is beside the same text, which is not looked for from each of them."""
    pictures = [Block(number, "", "<img>", "img", key="") for number in range(1, 100_001)]
    verdicts = classify([block("Ad"), *pictures], [AD] * 100_001, Policy(), {})
    assert all(own.dropped for own in verdicts)


# Far from the story


def far_and_near(threshold: float) -> tuple[Verdict, Verdict]:
    """A doubtful line beside the only paragraph of a story, and one 20 blocks below."""
    html = f"<p>{'The mill sold more looms. ' * 5}</p>" + "<p>Perhaps a teaser</p>" * 21
    blocks = segment(html)
    doubt: Probabilities = (0.2, 0.3, 0.2, 0.3)
    scores = [(0.97, 0.01, 0.01, 0.01), *[doubt] * 21]
    verdicts = classify(blocks, scores, Policy(threshold=threshold), {})
    return verdicts[1], verdicts[21]


def test_far_from_the_story_less_is_needed() -> None:
    """What is in doubt stays beside the story, and goes where the story is long over."""
    near, far = far_and_near(0.9)
    assert (near.action, far.action) == ("keep", "drop")


def test_a_threshold_of_one_lets_nothing_go_wherever_it_is() -> None:
    near, far = far_and_near(1.0)
    assert (near.action, far.action) == ("keep", "keep")


def test_far_from_the_story_what_is_likelier_the_storys_stays() -> None:
    """Whatever its power is, a threshold of one half or more takes nothing of that kind."""
    sure: Probabilities = (0.97, 0.01, 0.01, 0.01)
    likely: Probabilities = (0.6, 0.2, 0.1, 0.1)
    blocks = [block("The mill sold more looms. " * 5), *[block("Perhaps")] * 20]
    last = classify(blocks, [sure, *[likely] * 20], Policy(threshold=0.5), {})[-1]
    assert (last.label, last.action) == ("article", "keep")


# Tables


def table(rows: int) -> tuple[Block, ...]:
    entries = "".join(f"<tr><td>Buy {row}</td><td>{row}1.5</td></tr>" for row in range(rows))
    return segment(f"<table>{entries}</table><p>Buy!</p>")


@pytest.mark.parametrize(("scores", "left"), [([STORY, AD, STORY], 3), ([AD, AD, STORY], 1)])
def test_a_table_is_not_torn(scores: list[Probabilities], left: int) -> None:
    """If half of its rows stay, all do; what is beside it is judged by itself."""
    *rows, beside = classify(table(3), [*scores, AD], Policy(), {})
    assert sum(own.action == "keep" for own in rows) == left
    assert beside.dropped


def test_a_row_that_the_user_does_not_want_goes() -> None:
    """A drop pattern tears a table."""
    verdicts = classify(table(3), [STORY] * 4, Policy(drop_patterns=("Buy 1",)), {})
    assert [own.dropped for own in verdicts] == [False, True, False, False]
