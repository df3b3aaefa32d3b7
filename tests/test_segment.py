"""HTML into blocks."""

from __future__ import annotations

import re
from hashlib import blake2b
from html import escape
from urllib.parse import quote, urljoin

import pytest
from hypothesis import given
from hypothesis import strategies as st

from filterfeed.segment import key, segment


def texts(html: str) -> list[str]:
    return [block.text for block in segment(html, "https://wire.example/a/b.html")]


def test_paragraphs_text_under_containers_and_line_breaks_are_blocks() -> None:
    """Text is a block wherever it stands; two line breaks end a block, one does not."""
    html = "<div>Bare text<p>Profit <b>rose</b>.</p>tail<br>more<br><br>last</div>"
    assert texts(html) == ["Bare text", "Profit rose.", "tail more", "last"]


def test_a_data_row_is_one_block_and_a_layout_cell_is_walked() -> None:
    """Figures side by side stay together; paragraphs in a layout table do not."""
    assert texts("<table><tr><td>EPS</td><td>1.24</td></tr></table>") == ["EPS 1.24"]
    assert texts("<table><tr><td><p>a</p><p>b</p></td><td>c</td></tr></table>") == ["a", "b", "c"]


def test_list_items_share_their_frame_and_links_are_absolute() -> None:
    """Items of one list name the same list; links and lazy pictures become absolute."""
    blocks = segment(
        '<ul><li><a href="../x">One</a></li><li>Two</li></ul><img data-src="/p.png" alt="A">',
        "https://wire.example/a/b.html",
    )
    assert blocks[0].frame == blocks[1].frame != ()
    assert 'href="https://wire.example/x"' in blocks[0].html
    assert (blocks[0].link_share, blocks[1].link_share) == (1.0, 0.0)
    assert 'src="https://wire.example/p.png"' in blocks[2].html


def test_scripts_are_no_blocks_and_hidden_text_is_marked() -> None:
    """Code is not text; text that a script would show is, and says that it is hidden."""
    blocks = segment("<script>x</script><p hidden>y</p><p style='display: none'>z</p><p>seen</p>")
    assert [block.text for block in blocks] == ["y", "z", "seen"]
    assert ["!hidden" in block.path[-1] for block in blocks] == [True, True, False]


def test_a_key_is_of_the_words() -> None:
    """Case, punctuation and numbers do not tell a disclaimer from itself."""
    assert key("Risk Disclosure: 74% lose.") == key("risk disclosure - 81% lose")
    assert key("Risk disclosure") != key("Risk disclosures")


@given(st.text("aZ_09 .-é٣\n", max_size=30))
def test_a_key_is_the_same_in_every_script(text: str) -> None:
    """That of ASCII is made another way; stored keys are of either."""
    words = [word.lower() for word in re.findall(r"\w+", text)]
    plain = " ".join("0" if word.isdecimal() else word for word in words).encode()
    assert key(text) == blake2b(plain, digest_size=8).hexdigest()


@given(st.lists(st.text("abc <>&é", min_size=1).filter(str.strip), max_size=8))
def test_no_word_of_a_paragraph_is_lost(paragraphs: list[str]) -> None:
    """Every paragraph comes out whole and in order."""
    from html import escape

    html = "".join(f"<p>{escape(text)}</p>" for text in paragraphs)
    assert texts(html) == [" ".join(text.split()) for text in paragraphs]


def test_paragraphs_in_list_items_and_links_around_boxes_keep_their_place() -> None:
    """A list item with boxes is a frame of its own; a link around a box links its blocks."""
    item, card = segment(
        '<ul><li><p>One</p></li></ul><a href="/s"><h3>Teaser</h3></a>', "https://wire.example/"
    )
    assert [tag for tag, _ in item.frame] == ["ul", "li"]
    assert card.link_share == 1.0
    assert card.html == '<h3><a href="https://wire.example/s">Teaser</a></h3>'


def test_a_smiley_does_not_cut_a_sentence() -> None:
    """An emoji picture is the sign that it stands for."""
    assert texts('<p>Up <img class="emoji" alt="↑" src="u.png"> again</p>') == ["Up ↑ again"]


def test_what_stands_outside_its_frame_is_a_paragraph() -> None:
    """An entry without a list and a caption without a figure do not make broken HTML."""
    blocks = segment("<div><li>One</li><figcaption>Two</figcaption></div>")
    assert [(block.tag, block.frame) for block in blocks] == [("p", ()), ("p", ())]


def test_what_stands_right_in_a_list_gets_an_entry() -> None:
    """A list holds entries only."""
    blocks = segment("<ul><p>One</p><ul><li>Two</li></ul><img src='https://x.example/a.png'></ul>")
    assert [[tag for tag, _ in block.frame] for block in blocks] == [
        ["ul", "li"],
        ["ul", "li", "ul"],
        ["ul", "li"],
    ]


def test_a_picture_keeps_its_link_and_empty_links_go() -> None:
    """The link around a picture is around it; one around nothing is not shown."""
    (picture,) = segment("<p><a href='/s'><img src='/a.png'></a></p>", "https://x.example/")
    assert picture.html == (
        '<a href="https://x.example/s"><img src="https://x.example/a.png" alt=""></a>'
    )
    (text,) = segment("<p>Up <a href='/s'></a>again</p>", "https://x.example/")
    assert text.html == "<p>Up again</p>"
    assert segment("<img src='a.png'><img alt='lazy'>") == ()


def test_a_break_or_an_icon_inside_a_span_does_not_cut_a_sentence() -> None:
    """One line break is part of a line, and so is a site's own element with an emoji."""
    (block,) = segment("<p>Up <span>and<br></span> up <tg-emoji>↑</tg-emoji> again</p>")
    assert block.text == "Up and up ↑ again"
    assert len(segment("<p><span>One<br><br>Two</span></p>")) == 2


@pytest.mark.parametrize("base", ["", "https://site.example/a/b?c", "https://site.example:81"])
@pytest.mark.parametrize(
    "href",
    [
        "/x",
        "/",
        "/x/../y",
        "/./x",
        "//cdn.example/x",
        "x/y",
        "?q=1",
        "/a b",
        "/ü",
        "#top",
        "/x?q=/..",
    ],
)
def test_links_are_joined_as_the_standard_says(base: str, href: str) -> None:
    """Whatever is quick about it, the address is that of urljoin, quoted."""
    (block,) = segment(f'<p><a href="{href}">Here it goes</a></p>', base)
    joined = quote(urljoin(base, href), safe="%:/?#@!$&'()*+,;=-._~")
    assert f'href="{escape(joined)}"' in block.html


def test_a_button_that_nobody_closed_does_not_swallow_the_page() -> None:
    """What is in it is text like any other; a button that is one is left out."""
    html = "<p>Skip</p><div><button>Menu<div><p>Profit of the mill rose.</p></div></div>"
    assert "Profit of the mill rose." in texts(html)
    assert texts("<p>Profit rose.</p><button>Share</button>") == ["Profit rose."]


@pytest.mark.parametrize("tag", ["b", "div", "font", "h3", "li", "p><font", "ul><li", "section><p"])
@pytest.mark.parametrize("times", [90, 120, 199, 250, 5000])
def test_tags_that_nobody_closes_lose_no_text(tag: str, times: int) -> None:
    """However deep that makes a page."""
    blocks = segment("".join(f"<{tag}>It rose {number}.<br>" for number in range(times)))
    words = " ".join(block.text for block in blocks).split()
    assert words == [word for number in range(times) for word in ("It", "rose", f"{number}.")]
