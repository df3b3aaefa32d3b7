"""The report as a page: it stands alone, says what was counted, and runs nothing."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html.parser import HTMLParser

import lxml.html
import pytest
from judged import AD, ARTICLE, scored, two_publishers

from filterfeed.learn.evaluate import Report, Scored, curve, report
from filterfeed.learn.report import THRESHOLDS, Facts, page
from filterfeed.types import LABELS, Policy, Probabilities

LEARNING = [
    {"blocks": 1000, "macro_f1": 0.61, "article_words_kept": 0.981, "ad_words_removed": 0.5},
    {"blocks": 4000, "macro_f1": 0.79, "article_words_kept": 0.992, "ad_words_removed": 0.7},
]
VOID = {"meta"}
SURE: Probabilities = (1.0, 0.0, 0.0, 0.0)
SURELY_AD: Probabilities = (0.0, 1.0, 0.0, 0.0)


def facts(documents: Sequence[Scored], learning: Sequence[dict[str, float]] = ()) -> Facts:
    files = ("documents.jsonl",)
    return Facts("0123456789ab", 0.8, files, curve(documents, THRESHOLDS), learning)


def made(documents: Sequence[Scored], learning: Sequence[dict[str, float]] = ()) -> str:
    return page(report(documents, Policy()), facts(documents, learning))


@pytest.fixture(scope="module")
def found() -> Report:
    return report(two_publishers(), Policy())


@pytest.fixture(scope="module")
def html() -> str:
    return made(two_publishers(), LEARNING)


@pytest.fixture(scope="module")
def tree(html: str) -> lxml.html.HtmlElement:
    return lxml.html.fromstring(html)


def rows(tree: lxml.html.HtmlElement, caption: str) -> list[list[str]]:
    """The cells of the table that is called so."""
    (table,) = (own for own in tree.iter("table") if own.findtext("caption") == caption)
    lines = table.find("tbody").iter("tr")
    return [[" ".join(cell.itertext()) for cell in line] for line in lines]


def key_figures(tree: lxml.html.HtmlElement) -> dict[str, str]:
    return dict(zip(tree.xpath("//dt/text()"), tree.xpath("//dd/text()"), strict=True))


class Balanced(HTMLParser):
    """Fails where an end tag is not that of the innermost element."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_every_element_is_closed(html: str) -> None:
    """In its place; a browser has nothing to guess."""
    parser = Balanced()
    parser.feed(html)
    parser.close()
    assert parser.open == []
    assert html.startswith("<!doctype html>\n<html lang=")


def test_it_needs_nothing_but_itself(html: str, tree: lxml.html.HtmlElement) -> None:
    """No addresses, no scripts, nothing that a browser would fetch or run."""
    assert not tree.xpath("//script | //link | //img | //iframe | //object | //a")
    names = {name for element in tree.iter("*") for name in element.attrib}
    assert not names & {"src", "href", "srcset", "action", "data"}
    assert not [name for name in names if name.startswith("on")]
    assert not re.search(r"url\(|@import|https?:", html)


def test_the_numbers_are_the_figures(found: Report, tree: lxml.html.HtmlElement) -> None:
    """Key figures, figures by label, confusion matrix."""
    figures = found.figures()
    shown = key_figures(tree)
    assert shown["words of stories kept"] == f"{figures['article_words_kept']:.2%}"
    assert shown["macro-F1 of the labels"] == f"{figures['macro_f1']:.3f}"
    assert shown["expected calibration error"] == f"{figures['calibration_error']:.3f}"
    scores = ("precision", "recall", "f1")
    assert [row[:4] for row in rows(tree, "By label")] == [
        [label, *(f"{figures[f'{label}_{score}']:.3f}" for score in scores)] for label in LABELS
    ]
    counts = [
        [cell.split()[0] for cell in row[1:]] for row in rows(tree, "Confusion matrix, blocks")
    ]
    assert counts == [
        [str(found.total.confusion[true, said]) for said in LABELS] for true in LABELS
    ]


def test_curves_have_their_numbers_beside_them(found: Report, tree: lxml.html.HtmlElement) -> None:
    """Reliability, thresholds and learning, each in a table."""
    bins = found.calibration()
    assert [row[1] for row in rows(tree, "The likeliest label")] == [
        str(own.blocks) for own in bins
    ]
    thresholds = rows(tree, "By threshold, words")
    assert [float(row[0]) for row in thresholds] == list(THRESHOLDS)
    (chosen,) = (row for row in thresholds if row[0] == "0.8")
    assert chosen[1:3] == ["90.9", f"{found.figures()['ad_words_removed']:.1%}"]
    assert rows(tree, "By labelled blocks") == [
        ["1,000", "0.610", "0.981", "0.500"],
        ["4,000", "0.790", "0.992", "0.700"],
    ]


def test_points_are_where_their_numbers_are(tree: lxml.html.HtmlElement) -> None:
    """A point that is twice as high in numbers is twice as high in the picture."""
    (plot,) = tree.xpath("//svg[starts-with(@aria-label, 'Lost')]")
    ticks = {
        float(text.text): float(text.get("y"))
        for text in plot.xpath("text[contains(@class, 'end')]")
    }
    zero, top = ticks[0], ticks[max(ticks)]
    heights = [
        (zero - float(dot.get("cy"))) / (zero - top) * max(ticks) for dot in plot.iter("circle")
    ]
    lost = [float(row[1]) for row in rows(tree, "By threshold, words")]
    assert heights == pytest.approx(lost, abs=3)


def test_pictures_have_names_and_texts(tree: lxml.html.HtmlElement) -> None:
    """For those who do not see them; the tables that scroll can be reached by keyboard."""
    pictures = tree.xpath("//svg")
    assert len(tree.xpath("//figure/svg")) == 5
    assert all(own.get("role") == "img" and own.get("aria-label") for own in pictures)
    assert all(own.findtext("title") and own.findtext("desc") for own in tree.xpath("//figure/svg"))
    assert all(own.get("tabindex") == "0" for own in tree.xpath("//*[@class='scroll']"))
    assert all(own.findtext("caption") for own in tree.iter("table"))


def test_publishers_documents_and_errors(tree: lxml.html.HtmlElement) -> None:
    """The worst first; what was taken for what, how surely, and what came of it."""
    publishers = rows(tree, "Publishers, worst first")
    assert [row[:3] for row in publishers] == [
        ["bad.example", "4", "181.8"],
        ["good.example", "4", "0.0"],
    ]
    assert rows(tree, "Words of the story") == [["bad-1", "2", "11", "18.2%"]]
    errors = [" ".join(own.text_content().split()) for own in tree.xpath("//ul/li")]
    assert [error.split(":")[0] for error in errors] == [
        "article taken for ad",
        "legal taken for chrome",
    ]
    assert errors[0].startswith("article taken for ad: lost")
    assert "Buy low?" in errors[0]
    assert "article 2%, ad 96%, legal 1%, chrome 1%" in errors[0]
    assert "bad.example, bad-1" in errors[0]


def test_what_publishers_write_is_text() -> None:
    """Markup, quotes and control characters in texts, names and files do nothing."""
    nasty = "<script>alert(1)</script>\"'&amp;<img src=x onerror=alert(1)>"
    documents = [scored(f"{nasty}\x00", nasty, (f"Shares {nasty} \u202efell", "article", AD))]
    found = report(documents, Policy())
    rows_ = curve(documents, THRESHOLDS)
    html = page(found, Facts("id", 0.8, (f"{nasty}\udcff.jsonl",), rows_))
    assert html.encode()
    assert "\u202e" not in html and "\x00" not in html
    tree = lxml.html.fromstring(html)
    assert not tree.xpath("//script | //img")
    (quote,) = tree.iter("blockquote")
    assert quote.text == f"Shares {nasty}  fell"
    assert rows(tree, "Publishers, worst first")[0][0] == nasty


def test_without_a_learning_curve() -> None:
    """The section is left out."""
    assert "Learning curve" not in made(two_publishers())
    assert "Learning curve" not in made(two_publishers(), [{"blocks": 10, "something": 1}])


def test_the_learning_curve_of_an_adapted_model() -> None:
    """It counts the user's labels, from none."""
    rows_ = [{"blocks": 0, "macro_f1": 0.5}, {"blocks": 40, "macro_f1": 0.9}]
    tree = lxml.html.fromstring(made(two_publishers(), rows_))
    assert rows(tree, "By labelled blocks") == [["0", "0.500"], ["40", "0.900"]]


@pytest.mark.parametrize("label", LABELS)
def test_documents_of_one_label(label: str) -> None:
    """What there is none of is not shown as nought."""
    html = made([scored("a", "p", ("The mill closes in May.", label, ARTICLE))])
    tree = lxml.html.fromstring(html)
    assert {row[0] for row in rows(tree, "By label")} == {label, "article"}
    assert ("words of stories kept" in html) is (label == "article")
    assert ("words of legal text removed" in html) is (label == "legal")
    assert bool(tree.xpath("//svg[starts-with(@aria-label, 'Lost')]")) is (label == "article")


def test_a_model_without_errors() -> None:
    """The scales still have two ends, and what there is none of is said in words."""
    documents = [
        scored(
            "a", "p", ("The mill closes in May.", "article", SURE), ("Buy now!", "ad", SURELY_AD)
        )
    ]
    perfect = [{"blocks": 10, "macro_f1": 1.0}]
    html = made(documents, perfect)
    assert "No document loses a word of its story." in html
    assert "No block was given a wrong label." in html
    assert key_figures(lxml.html.fromstring(html))["expected calibration error"] == "0.000"


def test_many_publishers_are_folded() -> None:
    """The page stays readable; none is missing."""
    documents = [
        scored(f"d{number}", f"p{number}.example", (f"Mill {number} closes.", "article", ARTICLE))
        for number in range(50)
    ]
    tree = lxml.html.fromstring(made(documents))
    shown, folded = rows(tree, "Publishers, worst first"), rows(tree, "Other publishers")
    assert len(shown) == 20
    assert len({row[0] for row in (*shown, *folded)}) == 50


def test_same_input_same_bytes(html: str) -> None:
    """No clock and no chance in it."""
    assert made(two_publishers(), LEARNING) == html
