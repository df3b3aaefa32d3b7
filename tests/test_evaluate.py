"""Figures of how good a model is, checked against counts by hand; the verb that shows them."""

from __future__ import annotations

import json
import random
from pathlib import Path

import labelled as own
import pytest
from judged import AD, ARTICLE, DOUBT, LEGAL, scored, two_publishers
from terminal import filterfeed

from filterfeed.learn.calibration import (
    brier_score,
    expected_calibration_error,
    likeliest,
    not_article,
    reliability,
)
from filterfeed.learn.evaluate import Report, curve, report
from filterfeed.types import LABELS, Policy, Probabilities


@pytest.fixture
def found() -> Report:
    return report(two_publishers(), Policy())


def test_figures_are_those_that_a_person_counts(found: Report) -> None:
    """Words kept and removed, and precision, recall and F1 of blocks; unknown blocks left out."""
    figures = found.figures()
    assert figures["blocks"] == 8
    assert figures["article_words_kept"] == pytest.approx(20 / 22, abs=1e-4)
    assert figures["article_words_lost_per_1000"] == pytest.approx(1000 * 2 / 22, abs=0.01)
    assert figures["ad_words_removed"] == pytest.approx(6 / 11, abs=1e-4)
    assert figures["legal_words_removed"] == 1
    assert (figures["article_precision"], figures["article_recall"]) == (1, 0.6667)
    assert (figures["ad_precision"], figures["ad_recall"]) == (0.6667, 1)
    assert figures["macro_f1"] == pytest.approx((0.8 + 0.8 + 2 / 3 + 2 / 3) / 4, abs=1e-4)
    assert figures["documents_losing_over_5_percent"] == 0.5


def test_what_is_taken_for_what(found: Report) -> None:
    """The confusion matrix has each labelled block once."""
    confusion = {pair: count for pair, count in found.total.confusion.items() if count}
    assert confusion == {
        ("article", "article"): 2,
        ("article", "ad"): 1,
        ("ad", "ad"): 2,
        ("legal", "legal"): 1,
        ("legal", "chrome"): 1,
        ("chrome", "chrome"): 1,
    }


def test_labels_that_do_not_occur_do_not_count() -> None:
    """All is right with one label: macro-F1 is 1. One that is only given by mistake counts."""
    right = scored("a", "p", ("The mill will close in May.", "article", ARTICLE))
    assert report([right], Policy()).figures()["macro_f1"] == 1
    wrong = scored("b", "p", ("Its owner said so.", "article", LEGAL))
    assert report([right, wrong], Policy()).figures()["macro_f1"] == pytest.approx(1 / 3, abs=1e-4)


def test_the_worst_come_first(found: Report) -> None:
    """Publishers and documents that lose most of their stories."""
    assert [name for name, _ in found.worst_publishers()] == ["bad.example", "good.example"]
    assert found.worst() == [("bad-1", pytest.approx(2 / 11)), ("good-1", 0)]


def test_publishers_that_lose_nothing_are_told_apart_by_their_other_errors() -> None:
    """The one whose advertising is taken for its stories is worse."""
    blind = scored("a", "blind", ("The mill closes.", "article", ARTICLE), ("Buy!", "ad", ARTICLE))
    keen = scored("b", "keen", ("The mine closes.", "article", ARTICLE), ("Sell!", "ad", AD))
    ordered = report([keen, blind], Policy()).worst_publishers()
    assert [name for name, _ in ordered] == ["blind", "keen"]


def test_errors_are_shown_once_and_the_surest_first() -> None:
    """A text that recurs with its error stands for all; what is right is not among them."""
    same = ("Reporting by Ann Lee in Oslo.", "article", AD)
    documents = [
        scored("a", "p", same, ("The mill closes.", "article", ARTICLE)),
        scored("b", "q", same, ("Terms apply to this.", "legal", DOUBT)),
    ]
    errors = report(documents, Policy()).errors(10)
    assert [(one.label, one.verdict.label, times) for one, times in errors] == [
        ("article", "ad", 2),
        ("legal", "ad", 1),
    ]
    assert [one.probability for one, _ in errors] == [0.96, 0.5]
    assert len(report(documents, Policy()).errors(1)) == 1


def test_a_higher_threshold_loses_less_and_removes_less() -> None:
    """The trade-off that the user chooses, at each threshold asked for."""
    rows = curve(two_publishers(), (0.5, 0.8, 0.97))
    assert [row["threshold"] for row in rows] == [0.5, 0.8, 0.97]
    assert [row["article_words_kept"] for row in rows] == [0.9091, 0.9091, 0.9091]
    assert [row["ad_words_removed"] for row in rows] == [1, 0.5455, 0.5455]
    assert [row["legal_words_removed"] for row in rows] == [1, 1, 0]


# Calibration


def test_true_probabilities_have_no_calibration_error() -> None:
    """Of a thousand forecasts of 70 %, 700 come true; where none should, the error is 0.7."""
    true = [(0.7, number < 700) for number in range(1000)]
    (bin_,) = reliability(true)
    assert (bin_.blocks, bin_.right) == (1000, 0.7)
    assert bin_.low <= 0.7 < bin_.high
    assert expected_calibration_error((bin_,)) == pytest.approx(0)
    assert expected_calibration_error(reliability([(0.7, False)] * 9)) == pytest.approx(0.7)


def test_bins_count_by_their_blocks() -> None:
    """Three forecasts that are 0.1 off and one that is 0.5 off: 0.2 in the mean."""
    bins = reliability([(0.9, True), (0.9, True), (0.9, True), (0.5, True)])
    assert [own.blocks for own in bins] == [1, 3]
    assert expected_calibration_error(bins) == pytest.approx(0.2)
    assert expected_calibration_error(()) == 0


def test_the_ends_of_the_scale_have_bins() -> None:
    """Certainty is in the last bin, impossibility in the first."""
    first, last = reliability([(1.0, True), (0.0, False)])
    assert (first.low, last.high) == (0, 1)


def test_forecasts_drawn_as_they_say_are_nearly_calibrated() -> None:
    """A coin for each probability: the error is small, and grows when all are pushed to the end."""
    dice = random.Random(7)
    drawn = [(chance, dice.random() < chance) for chance in (dice.random() for _ in range(20000))]
    pushed = [(chance**0.3, came) for chance, came in drawn]
    assert expected_calibration_error(reliability(drawn)) < 0.02
    assert expected_calibration_error(reliability(pushed)) > 0.2


def test_the_forecasts_of_a_block() -> None:
    """Its likeliest label and whether it has that; that it is not the story's, and the truth."""
    judged: list[tuple[str, Probabilities]] = [("ad", AD), ("legal", ARTICLE)]
    assert likeliest(judged) == [(0.96, True), (0.97, False)]
    assert not_article(judged) == [(pytest.approx(0.98), True), (pytest.approx(0.03), True)]


def test_brier_score() -> None:
    """0 for certainty that is right, 2 for certainty that is wrong; 0.75 for knowing nothing."""
    sure: Probabilities = (1.0, 0.0, 0.0, 0.0)
    assert brier_score([("article", sure)]) == 0
    assert brier_score([("legal", sure)]) == 2
    assert brier_score([("ad", (0.25, 0.25, 0.25, 0.25))]) == 0.75
    assert brier_score([]) == 0


def test_calibration_does_not_depend_on_the_policy() -> None:
    """It is the model's, whatever is done with its verdicts."""
    keep_all = Policy(ad="keep", legal="keep", chrome="keep", threshold=0.99)
    errors = {
        report(two_publishers(), policy).figures()["calibration_error"]
        for policy in (Policy(), keep_all)
    }
    assert len(errors) == 1


# The verb


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with our own labelled documents."""
    directory = tmp_path_factory.mktemp("evaluate")
    lines = "".join(f"{json.dumps(document)}\n" for document in own.documents())
    (directory / "documents.jsonl").write_text(lines)
    return directory


def test_tables_for_people(room: Path) -> None:
    """By label, what is taken for what, publishers: in 80 columns."""
    done = filterfeed("evaluate", "documents.jsonl", cwd=room)
    assert (done.returncode, done.stderr) == (0, "")
    assert max(map(len, done.stdout.splitlines())) <= 80
    heads = [line.split()[0] for line in done.stdout.splitlines() if line]
    assert [head for head in heads if head in LABELS] == [*LABELS, *LABELS]
    assert "calibration error 0." in done.stdout
    assert all(name in heads for name in ("press.xml", "www.tidewire.example"))


def test_figures_for_programs(room: Path) -> None:
    """All of them, and they fit together; another threshold gives others."""
    done = filterfeed("evaluate", "--json", "documents.jsonl", cwd=room)
    figures = json.loads(done.stdout)
    confusion = figures["confusion"]
    hits = confusion["ad"]["ad"]
    assert figures["ad_recall"] == pytest.approx(hits / sum(confusion["ad"].values()), abs=1e-4)
    total = sum(sum(row.values()) for row in confusion.values())
    assert figures["blocks"] == total
    assert sum(one["blocks"] for one in figures["publishers"].values()) == total
    assert sum(bin_["blocks"] for bin_ in figures["calibration"]) == total
    assert expected(figures["calibration"]) == pytest.approx(figures["calibration_error"], abs=1e-3)
    eager = filterfeed("evaluate", "--json", "--threshold", "0.5", "documents.jsonl", cwd=room)
    assert json.loads(eager.stdout)["ad_words_removed"] > figures["ad_words_removed"]


def expected(bins: list[dict[str, float]]) -> float:
    apart = sum(own["blocks"] * abs(own["probability"] - own["right"]) for own in bins)
    return apart / sum(own["blocks"] for own in bins)


def test_quiet(room: Path) -> None:
    """Nothing but errors; the page is written all the same."""
    arguments = ("evaluate", "-q", "--report", "quiet.html", "documents.jsonl")
    done = filterfeed(*arguments, cwd=room)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert (room / "quiet.html").read_text().startswith("<!doctype html>")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "x.jsonl: no block is labelled"),
        ("{}\n", "x.jsonl: line 1: no labelled document"),
        ("[]\n", "x.jsonl: line 1: not a JSON object"),
    ],
)
def test_what_cannot_be_measured(tmp_path: Path, text: str, message: str) -> None:
    """One line that names the file, and no page."""
    (tmp_path / "x.jsonl").write_text(text)
    done = filterfeed("evaluate", "--report", "r.html", "x.jsonl", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.count("\n") == 1
    assert message in done.stderr
    assert not (tmp_path / "r.html").exists()


def test_a_page_that_cannot_be_written(room: Path) -> None:
    """One line that names it."""
    (room / "file").write_text("")
    done = filterfeed("evaluate", "--report", "file/r.html", "documents.jsonl", cwd=room)
    assert done.returncode == 1
    assert done.stderr.startswith("filterfeed: file/r.html: cannot be written")
