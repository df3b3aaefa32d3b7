"""Elements of a page as trees: written out, what publishers wrote is escaped, every tag closed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from xml.etree.ElementTree import Element, tostring

Child = Element | str | None


def element(tag: str, *children: Child, **attributes: object) -> Element:
    """An element with its text and elements in order; None is left out.

    `class_` is the attribute class, `aria_label` is aria-label.
    """
    made = Element(tag, {_name(name): plain(str(own)) for name, own in attributes.items()})
    for child in children:
        if isinstance(child, Element):
            made.append(child)
        elif child and len(made):
            made[-1].tail = (made[-1].tail or "") + plain(child)
        elif child:
            made.text = (made.text or "") + plain(child)
    return made


def plain(text: str) -> str:
    """Without control characters, which have no place in HTML and turn the reading direction."""
    return "".join(c if c.isprintable() or c == "\n" else " " for c in text)


def table(
    caption: str,
    heads: Sequence[str],
    rows: Iterable[Sequence[Element | str]],
    *,
    groups: Sequence[tuple[str, int]] = (),
    texts: int = 1,
) -> Element:
    """A table that scrolls sideways where it is too wide.

    Each row begins with its head; the first `texts` columns are texts, the others numbers. A cell
    may be a whole `td`. `groups` are heads over so many heads each.
    """
    above = [element("th", name, colspan=wide, scope="colgroup") for name, wide in groups]
    made = element(
        "table",
        element("caption", caption),
        element(
            "thead",
            element("tr", *above) if above else None,
            element("tr", *(element("th", head, scope="col") for head in heads)),
        ),
        element("tbody", *(_row(row, texts) for row in rows)),
    )
    for row in made.iter("tr"):
        for cell in list(row)[:texts]:
            cell.set("class", "text")
    return element("div", made, class_="scroll", role="region", tabindex=0, aria_label=caption)


def section(title: str, text: str, *parts: Element) -> Element:
    return element("section", element("h2", title), element("p", text), *parts)


def sheet(content: Element, class_: str = "") -> Element:
    return element("div", content, class_=f"sheet {class_}".strip())


def figure(picture: Element) -> Element:
    return element("figure", element("figcaption", picture.findtext("title")), picture)


def folded(summary: str, content: Element) -> Element:
    return element("details", element("summary", summary), content)


def document(title: str, style: str, *children: Child) -> str:
    """A whole page that needs nothing but itself."""
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="color-scheme", content="light dark"),
        element("title", title),
        element("style", style),
    )
    page = element("html", head, element("body", *children), lang="en")
    return f"<!doctype html>\n{tostring(page, encoding='unicode', method='html')}\n"


def _row(cells: Sequence[Element | str], texts: int) -> Element:
    first, *others = cells
    row = element("tr", element("th", first, scope="row"))
    row.extend(
        own if isinstance(own, Element) and own.tag == "td" else element("td", own)
        for own in others
    )
    return row


def _name(name: str) -> str:
    return name.removesuffix("_").replace("_", "-")
