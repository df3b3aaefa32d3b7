"""What people say of blocks: stored, asked for in a good order, and in files of documents."""

from __future__ import annotations

import gzip
import json
import sqlite3
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from html import escape
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from stores import NOW, stored

from filterfeed.learn.corpus import labelled, lines
from filterfeed.learn.labels import Taken, documents, line, take
from filterfeed.learn.questions import Question, answers, original, questions
from filterfeed.segment import key, segment
from filterfeed.store import Given, Original, Store, StoredItem, schema
from filterfeed.types import CleanItem, Item, Page, Probabilities, Verdict

SHARES = "Shares of the river bank rose a fifth on Tuesday, the most in a year."
PITCH = "Join our club for ten stock picks a month."
NOTICE = "This is not investment advice, and the author holds no shares."

A_HALF: Probabilities = (0.5, 0.5, 0.0, 0.0)
SURE: Probabilities = (0.97, 0.01, 0.01, 0.01)


def item(key: str, *texts: str, host: str = "a.example", **changes: Any) -> StoredItem:
    """An item with its text in the feed; the model is sure of all of it."""
    html = "".join(f"<p>{escape(text)}</p>" for text in texts)
    own = Item(guid=key, link=f"https://{host}/{key}", title=f"T {key}", content=html)
    verdicts = tuple(
        Verdict(block, "article", SURE, "keep", "model") for block in segment(html, own.link)
    )
    return stored(
        key, item=own, page=None, clean=CleanItem(own, html, "body", "no page", verdicts), **changes
    )


def doubted(own: StoredItem, row: int, chances: Probabilities) -> StoredItem:
    verdicts = list(own.clean.verdicts)
    verdicts[row] = replace(verdicts[row], probabilities=chances)
    return replace(own, clean=replace(own.clean, verdicts=tuple(verdicts)))


def say(store: Store, own: StoredItem, row: int, label: Any, minutes: int = 0) -> Original:
    """Label a block of an item of feed "a"."""
    block = own.clean.verdicts[row].block
    document = original("a", own)
    given_ = Given(block.text, block.key, label)
    store.labels.put(document, [given_], NOW + timedelta(minutes=minutes))
    return document


def gold(store: Store) -> dict[str, dict[str, str]]:
    """Uid -> text -> label of all labelled documents."""
    return {
        own["uid"]: {each["text"]: each["label"] for each in own["gold"]}
        for own in documents(store)
    }


# --- the table ---

DOCUMENT = Original("d", "a.example", "https://a.example/1", "body", "T", f"<p>{SHARES}")
SAID = Given(SHARES, "k", "article")


def test_labels_are_put_changed_and_taken_back(store: Store) -> None:
    """What is new or another counts; a document goes with its last label."""
    assert store.labels.put(DOCUMENT, [SAID, Given(PITCH, "p", "ad")], NOW) == 2
    assert store.labels.put(DOCUMENT, [SAID], NOW + timedelta(1)) == 0
    assert store.labels.put(DOCUMENT, [Given(PITCH, "p", "legal")], NOW + timedelta(1)) == 1
    assert [(own.uid, own.publisher, own.given, own.at) for own in store.labels.all()] == [
        ("d", "a.example", SAID, NOW),
        ("d", "a.example", Given(PITCH, "p", "legal"), NOW + timedelta(1)),
    ]
    assert store.labels.original("d") == DOCUMENT
    for text in (PITCH, PITCH, SHARES):
        store.labels.remove("d", text)
    assert (store.labels.all(), store.labels.original("d")) == ((), None)


def test_nothing_is_put_without_labels(store: Store) -> None:
    """No labels are none that changed."""
    assert store.labels.put(DOCUMENT, [SAID], NOW) == 1
    assert store.labels.put(DOCUMENT, [], NOW) == 0


def test_a_database_of_before_gets_the_tables(tmp_path: Path) -> None:
    """One that an older filterfeed wrote is migrated when it is opened."""
    path = str(tmp_path / "old.sqlite")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(schema, "MIGRATIONS", schema.MIGRATIONS[:1])
        Store(path).close()
    with sqlite3.connect(path) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (1,)
    with Store(path) as store:
        assert store.labels.put(DOCUMENT, [SAID], NOW) == 1


def test_one_item(store: Store) -> None:
    """An item by its key; none when there never was one, or it is pruned."""
    own = item("1", SHARES)
    store.save_items("a", [own])
    assert store.item("a", "1") == own
    assert (store.item("a", "2"), store.item("b", "1")) == (None, None)
    store.prune("a", 0)
    assert store.item("a", "1") is None


# --- what to ask ---


def asked(*items: StoredItem) -> list[Question]:
    return questions(("a", own) for own in items)


def test_doubt_comes_first_and_then_what_recurs() -> None:
    """By the probability of the likeliest label, as people see it; alike ones by their items."""
    one = doubted(item("1", SHARES, "Of one item"), 1, (0.503, 0.497, 0, 0))
    two = doubted(item("2", SHARES, PITCH, NOTICE), 1, (0.504, 0.496, 0, 0))
    two = doubted(two, 2, (0.3, 0.3, 0.4, 0.0))
    three = item("3", PITCH)
    texts = {own.block.key: own.block.text for each in (one, two) for own in each.clean.verdicts}
    found = asked(one, two, three)
    assert [(texts[own.recurring[1]], own.items) for own in found] == [
        (NOTICE, 1),
        (PITCH, 2),
        ("Of one item", 1),
        (SHARES, 2),
    ]
    assert [own.item for own in found] == ["2", "2", "1", "1"]


def test_a_block_that_recurs_is_one_question_where_it_is_doubted_most() -> None:
    """Throughout a host, whatever its numbers; twice in one item is still in one item."""
    first = item("1", "Page 1 of our club", "Page 2 of our club")
    second = doubted(item("2", "Page 3 of our club"), 0, A_HALF)
    elsewhere = item("3", "Page 4 of our club", host="b.example")
    found = asked(first, second, elsewhere)
    assert [(own.item, own.items, own.sureness) for own in found] == [("2", 2, 0.5), ("3", 1, 0.97)]


def test_nobody_is_asked_about_what_has_no_words() -> None:
    """Pictures and rows of asterisks."""
    own = item("1", "* * *", "—")
    picture = segment('<img src="https://a.example/a.png">')[0]
    verdict = Verdict(picture, "article", A_HALF, "keep", "beside story text")
    clean = replace(own.clean, verdicts=(*own.clean.verdicts, verdict))
    assert asked(replace(own, clean=clean)) == []


def test_the_original_is_the_text_that_was_judged() -> None:
    """The page or the feed's own text; another text of the same item is another document."""
    body = item("1", SHARES)
    page = Page("https://www.a.example/1", f"<main><p>{SHARES}</p></main>")
    paged = replace(body, page=page, clean=replace(body.clean, source="page"))
    assert original("a", body) == Original(
        "a-1-" + original("a", body).uid[4:],
        "a.example",
        "https://a.example/1",
        "body",
        "T 1",
        f"<p>{SHARES}</p>",
    )
    assert (original("a", paged).url, original("a", paged).html) == (page.url, page.html)
    changed = replace(body, item=replace(body.item, content="<p>Corrected</p>"))
    assert len({original("a", own).uid for own in (body, paged, changed)}) == 3
    assert original("a", replace(body, item=replace(body.item, link=""))).publisher == "a"


# --- documents of stored labels ---


def test_documents_of_labels_train(store: Store) -> None:
    """They are what `train` and `evaluate` read, with the texts as they were."""
    own = item("1", SHARES, PITCH, NOTICE)
    store.save_items("a", [own])
    say(store, own, 1, "ad")
    say(store, own, 0, "article")
    store.prune("a", 0)
    (document,) = documents(store)
    assert list(document) == ["uid", "publisher", "url", "as", "title", "html", "gold"]
    assert document["gold"] == [
        {"text": PITCH, "label": "ad"},
        {"text": SHARES, "label": "article"},
    ]
    sample = labelled(document)
    assert (sample.labels, sample.page) == (("article", "ad", ""), False)


def test_one_answer_counts_for_all_blocks_like_it(store: Store) -> None:
    """In other labelled documents of the host, unless something else was said there."""
    one, two, three = (item(key, SHARES + key, PITCH) for key in "123")
    other = item("4", "Elsewhere", PITCH, host="b.example")
    uids = [say(store, own, 0, "article").uid for own in (one, two, other)]
    say(store, one, 1, "ad", minutes=2)
    assert gold(store) == {
        uids[0]: {SHARES + "1": "article", PITCH: "ad"},
        uids[1]: {SHARES + "2": "article", PITCH: "ad"},
        uids[2]: {"Elsewhere": "article"},
    }
    say(store, two, 1, "chrome", minutes=1)
    uids.append(say(store, three, 0, "article").uid)
    found = gold(store)
    assert [found[uid].get(PITCH) for uid in uids] == ["ad", "chrome", None, "ad"]
    known = answers(store.labels.all())
    assert known["a.example", one.clean.verdicts[1].block.key] == "ad"


# --- files of labelled documents ---


def document(uid: str = "d", *texts: tuple[str, str], **changes: Any) -> dict[str, Any]:
    own = texts or ((SHARES, "article"),)
    return {
        "uid": uid,
        "publisher": "p",
        "url": "https://p.example/1",
        "as": "page",
        "title": "T",
        "html": "".join(f"<p>{escape(text)}</p>" for text, _ in own),
        "gold": [{"text": text, "label": label} for text, label in own],
        **changes,
    }


def put(store: Store, *rows: dict[str, Any] | bytes) -> Taken:
    encoded = [row if isinstance(row, bytes) else line(row) for row in rows]
    return take(store, "f", encoded, NOW)


def exported(store: Store) -> bytes:
    return b"".join(line(own) for own in documents(store))


def without(name: str) -> dict[str, Any]:
    return {key: value for key, value in document().items() if key != name}


@pytest.mark.parametrize(
    ("row", "why"),
    [
        (b"{", "not JSON"),
        (b'{"uid": "\xff"}', "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b"[]", "not a JSON object"),
        (without("uid"), "`uid` is missing"),
        (document(uid=" "), "`uid` is empty"),
        (document(publisher=1), "`publisher` is not a text"),
        (document(html=None), "`html` is missing"),
        ({**document(), "as": "feed"}, "`as` is 'feed'; it is to be 'page' or 'body'"),
        (without("gold"), "`gold` is not a list of objects"),
        (document(gold=["x"]), "`gold` is not a list of objects"),
        (document(gold=[{"text": "x"}]), "`label` is missing"),
        (document(html="<p>Another text"), "none of the texts in `gold` is in `html`"),
    ],
)
def test_a_bad_line_is_named_and_the_others_are_taken(
    store: Store, row: dict[str, Any] | bytes, why: str
) -> None:
    """One line about each; nothing of it is stored."""
    taken = put(store, document("one"), row, document("two", (NOTICE, "legal")))
    assert taken == Taken(2, 2, 2, [f"f: line 2: {why}"])
    assert list(gold(store)) == ["one", "two"]


def test_an_unreadable_file_keeps_what_came_before(store: Store, tmp_path: Path) -> None:
    """A gzipped file that is cut, one that is none, one that is not there."""
    whole = tmp_path / "f.jsonl.gz"
    whole.write_bytes(gzip.compress(exported_lines(3)))
    assert take(store, "f", lines(whole), NOW) == Taken(3, 3, 3)
    cut = tmp_path / "cut.gz"
    cut.write_bytes(gzip.compress(exported_lines(5000), 0)[:-400_000])
    taken = take(store, "f", lines(cut), NOW)
    assert taken.new > 100 and len(taken.errors) == 1
    for name, reason in (("no.gz", "Not a gzipped file"), ("none", "No such file or directory")):
        (tmp_path / "no.gz").write_bytes(b"{}")
        (error,) = take(store, "f", lines(tmp_path / name), NOW).errors
        assert error.startswith(f"{tmp_path / name}: cannot be read: {reason}")


def exported_lines(count: int) -> bytes:
    return b"".join(line(document(f"d{number}")) for number in range(count))


def test_importing_again_changes_nothing(store: Store) -> None:
    """Nor does importing one's own export."""
    own = item("1", SHARES, PITCH)
    say(store, own, 1, "ad")
    rows = document("x", (SHARES, "article"), (NOTICE, "legal")), document("y", (NOTICE, "legal"))
    assert put(store, *rows) == Taken(2, 3, 3)
    before = exported(store), store.labels.all()
    assert put(store, *rows) == Taken(2, 3, 0)
    assert put(store, *exported(store).splitlines()) == Taken(3, 4, 0)
    assert (exported(store), store.labels.all()) == before


def test_a_part_of_a_block_is_taken_too(store: Store, tmp_path: Path) -> None:
    """What was cut from a block is labelled by itself, may be all that is, and can be learnt."""
    own = item("a", f"{SHARES} Trading had been halted twice before noon. {NOTICE}")
    store.labels.put(original("a", own), [Given(NOTICE, key(NOTICE), "legal")], NOW)
    rows = [line(document) for document in documents(store)]
    with Store(str(tmp_path / "other.sqlite")) as other:
        taken = take(other, "labels.jsonl", rows, NOW)
        assert (taken.new, taken.errors) == (1, [])
        assert [line(document) for document in documents(other)] == rows
    sample = labelled(json.loads(rows[0]))
    told = {block.text: label for block, label in zip(sample.blocks, sample.labels, strict=True)}
    assert told[NOTICE] == "legal"
    assert [label for text, label in told.items() if text != NOTICE] == [""] * (len(told) - 1)


def test_importing_changes_labels_and_loses_none(store: Store) -> None:
    """A text that has another label now is given it; what is not in the file stays."""
    put(store, document("x", (SHARES, "article"), (PITCH, "legal")))
    html = document("x", (SHARES, "article"), (PITCH, "legal"))["html"]
    assert put(store, document("x", (PITCH, "ad"), html=html)) == Taken(1, 1, 1)
    assert gold(store) == {"x": {SHARES: "article", PITCH: "ad"}}


def test_two_documents_with_one_uid_are_not_mixed(store: Store) -> None:
    """The one that is there stays."""
    put(store, document("x"))
    (error,) = put(store, document("x", (PITCH, "ad"))).errors
    assert error == "f: line 1: another document is here as 'x': give this one another uid"
    assert gold(store) == {"x": {SHARES: "article"}}


def test_what_is_unknown_is_not_stored(store: Store) -> None:
    """Labels of other kinds, empty texts and lines; documents of which nothing is known."""
    taken = put(
        store,
        b"\n",
        document("x", (SHARES, "article"), (PITCH, "mixed"), ("", "ad")),
        document("y", (PITCH, "mixed")),
        {**document("z"), "gold": []},
    )
    assert taken == Taken(1, 1, 1)
    assert gold(store) == {"x": {SHARES: "article"}}


def test_what_no_file_can_hold_becomes_a_question_mark(store: Store) -> None:
    """JSON can spell half a character."""
    row = rb'{"uid":"x","publisher":"p","as":"body","html":"a \ud83d b","gold":'
    assert put(store, row + rb'[{"text":"a \ud83d b","label":"ad"}]}').errors == []
    assert gold(store) == {"x": {"a ? b": "ad"}}
    assert put(store, exported(store)).new == 0


def test_url_and_title_may_be_absent(store: Store) -> None:
    """Or null; a byte order mark does no harm."""
    row = {name: own for name, own in document("x").items() if name not in ("url", "title")}
    assert put(store, b"\xef\xbb\xbf" + line(row), line({**row, "url": None})).errors == []
    (found,) = documents(store)
    assert (found["url"], found["title"]) == ("", "")


TEXTS = st.lists(
    st.sampled_from([SHARES, PITCH, NOTICE, "Share 1", "Share 2", f"{SHARES} {PITCH}", "* * *"])
    | st.text(min_size=1, max_size=8),
    min_size=1,
    max_size=5,
    unique=True,
)
LABELLED = st.tuples(
    TEXTS,
    TEXTS,
    st.lists(st.sampled_from(["article", "ad", "legal", "chrome", "mixed"]), min_size=5),
    st.sampled_from(["p", "q"]),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(LABELLED, max_size=5))
@example(
    [
        ([SHARES, PITCH], [SHARES], ["article"] * 5, "q"),
        ([NOTICE], [SHARES, f"{SHARES} {PITCH}"], ["article"] * 5, "q"),
    ]
)
def test_export_import_export(rows: Sequence[tuple[list[str], list[str], list[str], str]]) -> None:
    """What comes out goes into an empty database, and comes out again byte for byte."""
    with Store(":memory:") as first, Store(":memory:") as second:
        for number, (texts, more, labels, publisher) in enumerate(rows):
            pairs = list(zip(texts, labels, strict=False))
            html = "".join(f"<p>{escape(text)}</p>" for text in (*texts, *more))
            put(first, document(f"d{number}", *pairs, publisher=publisher, html=html))
        out = exported(first)
        assert put(second, *out.splitlines(keepends=True)).errors == []
        assert exported(second) == out
        put(first, *out.splitlines(keepends=True))
        assert exported(first) == out
        assert all(json.loads(row)["gold"] for row in out.splitlines())
