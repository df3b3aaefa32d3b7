"""Verdicts into the HTML that goes out."""

from __future__ import annotations

from filterfeed.clean import clean, sanitise
from filterfeed.segment import segment
from filterfeed.types import Action, Verdict

HTML = """<h2>Results</h2><p>Profit rose.</p><p>Subscribe now!</p>
<ul><li>EPS 1.24</li><li>Join our club</li><li>Sales 3.1bn</li></ul>
<blockquote><p>We are glad.</p></blockquote>
<table><tr><td>2025</td><td>1</td></tr><tr><td>2026</td><td>2</td></tr></table>"""


def cleaned(action: Action) -> str:
    verdicts = [
        Verdict(
            block,
            "ad" if block.text in ("Subscribe now!", "Join our club") else "article",
            (0.1, 0.9, 0.0, 0.0),
            action if block.text in ("Subscribe now!", "Join our club") else "keep",
            "test",
        )
        for block in segment(HTML, "https://wire.example/")
    ]
    return clean(verdicts)


def test_structure_and_order_survive_without_what_was_dropped() -> None:
    """Headings, one list, the quote and one table stay as they were."""
    assert cleaned("drop").replace("\n", "").replace("<tbody>", "").replace("</tbody>", "") == (
        "<h2>Results</h2><p>Profit rose.</p><ul><li>EPS 1.24</li><li>Sales 3.1bn</li></ul>"
        "<blockquote><p>We are glad.</p></blockquote><table><tr><td>2025</td><td>1</td></tr>"
        "<tr><td>2026</td><td>2</td></tr></table>"
    )


def test_a_collapsed_block_opens() -> None:
    """Collapse leaves one line that opens."""
    assert "<details><summary>Subscribe now!</summary>" in cleaned("collapse")


def test_nothing_active_goes_out() -> None:
    """Scripts, handlers and script links are gone, the words are not."""
    html = sanitise(
        '<p onclick="x()">Hi <a href="javascript:x()">there</a><script>x()</script></p>'
    )
    assert html == "<p>Hi <a>there</a></p>"
