"""What is asked beside the model about a page."""

from __future__ import annotations

import json
from html import escape
from pathlib import Path

from terminal import python

from filterfeed import label_page, model
from filterfeed.candidate import of_page
from filterfeed.classify import classify
from filterfeed.types import Page, Policy

GERMAN = [
    "Die Weberei Harrow hat im dritten Quartal mehr Aufträge erhalten als erwartet. Der Umsatz"
    " stieg um sechs Prozent auf 412 Millionen Euro, wie das Unternehmen am Dienstag mitteilte.",
    "Vorstandschefin Ida Pell rechnet damit, dass sich der Auftrieb bis in das Frühjahr fortsetzt."
    " „Wir können die Löhne zahlen und trotzdem bauen“, sagte sie in einem Gespräch mit Analysten.",
    "Am Standort Mühlbach sollen bis zum Sommer achtzig Weberinnen und Weber eingestellt werden."
    " Die Gewerkschaft begrüßte die Ankündigung, verlangt aber unbefristete Verträge.",
    "Die Aktie legte am Vormittag um vier Prozent zu. Seit Jahresbeginn hat sie ein Fünftel"
    " gewonnen, während der Index der Textilwerte auf der Stelle trat.",
]
BESIDE = [
    "Wetter in Mühlbach: heute wolkig, morgen Regen bei elf Grad",
    "Das Rätsel der Woche: Wie viele Fäden hat der Teppich?",
    "Leserreisen 2026: Mit dem Schiff zu den Fjorden",
]
ENGLISH = "Harrow Mills said on Tuesday that sales rose 6% as orders for its looms grew, and that"
ENGLISH += " it would raise the dividend to 14 cents a share after a strong quarter."


def page(story: list[str], beside: list[str]) -> str:
    told, rest = ("".join(f"<p>{escape(own)}</p>" for own in part) for part in (story, beside))
    return f"<body><article>{told}</article><div class='zk'>{rest}</div></body>"


def test_in_an_unknown_language_trafilatura_is_asked() -> None:
    """What the model doubts, since it knows few of the words, goes; the story stays as it is."""
    own = of_page(model.load(), Page("https://blatt.example/1", page(GERMAN, BESIDE)), "")
    verdicts = classify(own.blocks, own.scores, Policy(), {})
    assert [verdict.block.text for verdict in verdicts if not verdict.dropped] == GERMAN


def test_who_was_asked_is_the_reason() -> None:
    """Where that made the difference."""
    verdicts = label_page(page(GERMAN, BESIDE), "https://blatt.example/1")
    reasons = {verdict.block.text: verdict.reason for verdict in verdicts}
    assert all("trafilatura" not in reasons[own] for own in GERMAN)
    assert "model and trafilatura" in [reasons[own] for own in BESIDE]


def test_what_the_page_tells_machines_is_the_reason() -> None:
    """Where its JSON-LD, which has the whole story and nothing else, tipped the model."""
    days = (
        ("Monday", "Leeds", "forty"),
        ("Tuesday", "Bolton", "sixty"),
        ("Friday", "Derby", "ten"),
    )
    story = [
        f"Harrow Mills said on {day} that orders for its looms had risen again, and that the plant"
        f" in {town} would take on {number} more weavers before the summer."
        for day, town, number in days
    ]
    alone = page(story, ["The puzzle of the week: how many threads has the carpet?"])
    told = json.dumps({"articleBody": " ".join(story)})
    *_, doubted = label_page(alone)
    *kept, dropped = label_page(f'<script type="application/ld+json">{told}</script>{alone}')
    assert (doubted.action, dropped.action) == ("keep", "drop")
    assert dropped.reason == "model and JSON-LD"
    assert [own.block.text for own in kept if not own.dropped] == story


def test_of_english_pages_it_is_not_asked(tmp_path: Path) -> None:
    """It would take longer than all else; nor is it imported, nor scikit-learn, whose trees the
    model has laid out flat."""
    (tmp_path / "page.html").write_text(page([ENGLISH] * 5, ["Most read"]))
    script = (
        "import sys, pathlib; from filterfeed import clean_html;"
        "html = pathlib.Path('page.html').read_text();"
        "print(clean_html(html, 'https://wire.example/1', page=True));"
        "assert {'sklearn', 'trafilatura'}.isdisjoint(sys.modules)"
    )
    done = python("-c", script, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count(ENGLISH) == 5
