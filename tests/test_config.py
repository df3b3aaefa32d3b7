"""filterfeed.toml: what it may say, and how its mistakes are told."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from filterfeed.config import KEYS, TEMPLATE, default_path, load
from filterfeed.config.lines import Lines
from filterfeed.errors import ConfigError
from filterfeed.types import Config, FeedConfig, FetchConfig, Policy

FEED = '[[feed]]\nname = "a"\nurl = "https://a.example/feed"\n'
FUZZ = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

Loader = Callable[..., Config]


@pytest.fixture
def loaded(tmp_path: Path) -> Loader:
    def load_text(text: str | bytes, **environ: str) -> Config:
        path = tmp_path / "filterfeed.toml"
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return load(str(path), environ)

    return load_text


@pytest.fixture
def problems(loaded: Loader) -> Callable[..., tuple[str, ...]]:
    def problems_of(text: str | bytes, **environ: str) -> tuple[str, ...]:
        with pytest.raises(ConfigError) as caught:
            loaded(text, **environ)
        return caught.value.problems

    return problems_of


# --- what is read ---


def test_defaults(loaded: Loader, tmp_path: Path) -> None:
    """A feed with a name and a URL is enough; all else is as types.py says."""
    assert loaded(FEED) == Config(
        path=str(tmp_path / "filterfeed.toml"),
        output=str(tmp_path / "clean"),
        database=str(tmp_path / "filterfeed.sqlite"),
        models=str(tmp_path / "filterfeed.models"),
        feeds=(FeedConfig("a", "https://a.example/feed"),),
    )


def test_every_setting(loaded: Loader, tmp_path: Path) -> None:
    """Each key ends in its field; paths are relative to the file; times and sizes have units."""
    text = """
        [filterfeed]
        output = "../out"
        database = "/var/f.sqlite"
        model = "my.joblib"
        models = "/srv/models"
        base_url = "https://feeds.example.com/x/"
        host = "0.0.0.0"
        port = 80
        workers = 2
        [fetch]
        user_agent = "Me/1"
        timeout = "1m"
        max_bytes = "2 MiB"
        max_redirects = 0
        concurrency = 3
        per_host = 1
        delay = 0
        allow_hosts = ["LocalHost:8000"]
        [[feed]]
        name = "a-1.x_y"
        url = "in/feed.xml"
        title = "Ä"
        source = "page"
        ad = "keep"
        legal = "collapse"
        chrome = "keep"
        promoted = "tag"
        threshold = 1
        keep_patterns = ["a"]
        drop_patterns = ['(?i)subscribe\\s+now']
        interval = "1.5h"
        keep_items = 7
        max_pages = 0
        headers = { Accept = "*/*" }
        mirror = "~/pages"
        """
    assert loaded(text, HOME="/home/u") == Config(
        path=str(tmp_path / "filterfeed.toml"),
        output=str(tmp_path / "../out"),
        database="/var/f.sqlite",
        model=str(tmp_path / "my.joblib"),
        models="/srv/models",
        base_url="https://feeds.example.com/x",
        host="0.0.0.0",
        port=80,
        workers=2,
        fetch=FetchConfig("Me/1", 60.0, 2 * 2**20, 0, 3, 1, 0.0, ("localhost:8000",)),
        feeds=(
            FeedConfig(
                name="a-1.x_y",
                url=str(tmp_path / "in/feed.xml"),
                title="Ä",
                source="page",
                policy=Policy(
                    "keep", "collapse", "keep", 1.0, ("a",), (r"(?i)subscribe\s+now",), "tag"
                ),
                interval=5400,
                keep_items=7,
                max_pages=0,
                headers=(("Accept", "*/*"),),
                mirror="/home/u/pages",
            ),
        ),
    )


def test_feeds_inherit_defaults(loaded: Loader) -> None:
    """[defaults] counts for each feed that does not say otherwise; headers add up."""
    config = loaded("""
        [defaults]
        ad = "collapse"
        keep_patterns = ["x"]
        headers = { User-Agent = "A", From = "me@example.com" }
        [[feed]]
        name = "a"
        url = "http://a.example"
        [[feed]]
        name = "b"
        url = "http://b.example"
        ad = "keep"
        keep_patterns = []
        [feed.headers]
        user-agent = "B"
        """)
    a, b = config.feeds
    assert (a.policy, b.policy) == (Policy("collapse", keep_patterns=("x",)), Policy("keep"))
    assert a.headers == (("User-Agent", "A"), ("From", "me@example.com"))
    assert b.headers == (("user-agent", "B"), ("From", "me@example.com"))


def test_byte_order_mark_and_crlf(loaded: Loader) -> None:
    """What a Windows editor writes is read too."""
    assert loaded(b"\xef\xbb\xbf" + FEED.replace("\n", "\r\n").encode()).feeds[0].name == "a"


# --- environment ---


def test_every_scalar_from_the_environment(loaded: Loader, tmp_path: Path) -> None:
    """FILTERFEED_<KEY> and FILTERFEED_FETCH_<KEY> go before the file; empty is unset."""
    config = loaded(
        "[filterfeed]\nport = 1\nhost = 'h'\n" + FEED,
        FILTERFEED_PORT="2",
        FILTERFEED_HOST="",
        FILTERFEED_OUTPUT="o",
        FILTERFEED_FETCH_TIMEOUT="2m",
        FILTERFEED_FETCH_DELAY="1.5",
        FILTERFEED_FETCH_MAX_BYTES="500 kB",
    )
    assert (config.port, config.host, config.output) == (2, "h", str(tmp_path / "o"))
    fetch = config.fetch
    assert (fetch.timeout, fetch.delay, fetch.max_bytes) == (120.0, 1.5, 500_000)


def test_variables_of_keys() -> None:
    """Each scalar of [filterfeed] and [fetch] has its variable, and nothing else has one."""
    variables = {key.name: key.variable for key in KEYS if key.variable}
    main = {"output", "database", "model", "models", "base_url", "host", "port", "workers"}
    fetch = {field.name for field in dataclasses.fields(FetchConfig)} - {"allow_hosts"}
    assert variables == {name: f"FILTERFEED_{name.upper()}" for name in main} | {
        name: f"FILTERFEED_FETCH_{name.upper()}" for name in fetch
    }


def test_values_from_files(loaded: Loader, tmp_path: Path) -> None:
    """<VARIABLE>_FILE names a file that has the value, for settings and for ${...}."""
    (tmp_path / "port").write_text("99\n")
    (tmp_path / "cookie").write_text("k=v; x\r\n")
    files = {"FILTERFEED_PORT_FILE": "port", "COOKIE_FILE": "cookie"}
    config = loaded(
        FEED + 'headers = { Cookie = "${COOKIE}", X = "$5 ${A}${B}" }',
        **{name: str(tmp_path / file) for name, file in files.items()},
        A="a",
        B="b",
    )
    assert config.port == 99
    assert config.feeds[0].headers == (("Cookie", "k=v; x"), ("X", "$5 ab"))


def test_mistakes_in_the_environment(problems: Callable[..., Any]) -> None:
    """They are told under the variable's name, after those of the file."""
    assert problems(
        "x = 1\n" + FEED,
        FILTERFEED_PORT="many",
        FILTERFEED_WORKERS="0",
        FILTERFEED_MODEL_FILE="/nowhere/model",
    ) == (
        "line 1: x: is unknown",
        "FILTERFEED_MODEL: FILTERFEED_MODEL_FILE: cannot read /nowhere/model:"
        " No such file or directory",
        'FILTERFEED_PORT: must be a whole number from 0 to 65535, not "many"',
        "FILTERFEED_WORKERS: must be a whole number from 1 to 256, not 0",
    )


def test_secrets_are_not_shown(loaded: Loader, problems: Callable[..., Any]) -> None:
    """Neither a message nor the repr of the configuration has a header's value."""
    text = FEED + 'headers = { Cookie = "${TOKEN}" }'
    (problem,) = problems(text, TOKEN="s3cr3t\n")
    assert problem == "line 4: headers: Cookie has characters that a header cannot have"
    assert "s3cr3t" not in repr(loaded(text, TOKEN="s3cr3t"))


def test_default_path() -> None:
    """$FILTERFEED_CONFIG, else the file in the working directory."""
    assert default_path({}) == "filterfeed.toml"
    assert default_path({"FILTERFEED_CONFIG": "/etc/f.toml"}) == "/etc/f.toml"


# --- mistakes ---


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ('interval = "soon"', 'interval: must be seconds, or a time like "45s", "30m", "2h", "1d",'
         ' from 1s to 30d, not "soon"'),
        ("interval = 0", "1s to 30d, not 0"),
        ('interval = "2 weeks"', "interval: must be seconds"),
        ("interval = inf", "not inf"),
        ("threshold = 2", "threshold: must be a number from 0 to 1, not 2"),
        ("threshold = nan", "not nan"),
        ("threshold = true", "not true"),
        ("keep_items = true", "keep_items: must be a whole number from 1 to 100000, not true"),
        ("keep_items = 1.0", "not 1.0"),
        (f"keep_items = 0x{'f' * 9999}", "not so large a number"),
        ('ad = "remove"', 'ad: must be "drop" or "collapse" or "keep", not "remove"'),
        ("source = []", 'source: must be "auto" or "page" or "body", not an array'),
        ("title = 1979-05-27", "title: must be a string on one line, not a date or time"),
        ('title = "a\\nb"', 'title: must be a string on one line, not "a\\nb"'),
        ('keep_patterns = "x"', 'keep_patterns: must be an array of regular expressions, not "x"'),
        ('keep_patterns = ["("]', 'keep_patterns: "(" is not a regular expression: missing )'),
        ('drop_patterns = ["ok", "x*"]', 'drop_patterns: "x*" is found in every text'),
        ('drop_patterns = ["[[x]"]', "is not a regular expression: Possible nested set"),
        ('headers = "x"', 'headers: must be a table of strings, not "x"'),
        ("headers = { A = 1 }", "headers: A must be a string"),
        ('headers = { "A b" = "" }', 'headers: "A b" is not the name of a header'),
        ('headers = { A = "${NO}" }', "headers: the environment variable NO is not set"),
        ("mirror = {}", 'mirror: must be a path, not a table'),
        ('treshold = 1', 'treshold: is unknown; did you mean "threshold"?'),
        ("timeout = 1", "timeout: is unknown; it belongs to [fetch]"),
        ('"x\\ny" = 1', '"x\\ny": is unknown'),
    ],
)  # fmt: skip
def test_wrong_values(problems: Callable[..., Any], line: str, told: str) -> None:
    """Each is one line that says where, what, and what is allowed instead."""
    (problem,) = problems(FEED + line)
    assert problem.startswith("line 4: ")
    assert told in problem
    assert "\n" not in problem


@pytest.mark.parametrize("url", ["", "ftp://a.example/", "http://", "http://[x", "http://a:x/"])
def test_wrong_urls(problems: Callable[..., Any], url: str) -> None:
    """A URL is of the web, and has a host; anything else with "://" is no path either."""
    (problem,) = problems(f'[[feed]]\nname = "a"\nurl = "{url}"')
    assert problem.startswith("line 3: url: must be an http:// or https:// URL, or the path of")


@pytest.mark.parametrize("name", ["", "A", "-a", "a/b", "ä", "a" * 101, ".."])
def test_wrong_names(problems: Callable[..., Any], name: str) -> None:
    """A name is fit for a file and a URL."""
    (problem,) = problems(f'[[feed]]\nname = "{name}"\nurl = "x"')
    assert problem.startswith("line 2: name: must be lower-case letters and digits")


def test_all_mistakes_at_once(problems: Callable[..., Any]) -> None:
    """One reading tells all that is wrong, in the order of the lines."""
    text = """\
output = "x"
feeds = 1
[filterfeed]
port = "eighty"
[[feed]]
name = "a"
[[feed]]
name = "a"
url = "x"
keep_patterns = [
  "fine",
  "(",
  5,
]
[feed.headers]
X = "${A}"
Y = "${B}"
[fetch]
retries = 3
"""
    assert problems(text) == (
        "line 1: output: is unknown; it belongs to [filterfeed]",
        "line 2: feeds: is unknown; did you mean [[feed]]?",
        'line 4: port: must be a whole number from 0 to 65535, not "eighty"',
        "line 5: feed: url is missing",
        'line 8: name: "a" is taken by the feed in line 6',
        'line 12: keep_patterns: "(" is not a regular expression: missing ), unterminated'
        " subpattern at position 0",
        "line 13: keep_patterns: must be a regular expression, not 5",
        "line 16: headers: the environment variable A is not set",
        "line 17: headers: the environment variable B is not set",
        "line 19: retries: is unknown",
    )


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "there is no [[feed]]: write one, with name and url"),
        ("feed = []", "there is no [[feed]]: write one, with name and url"),
        ("\n[feed]\nname = 'a'", "line 2: feed: must be tables: write [[feed]], with two brackets"),
        ("feed = [1]", "line 1: feed: must be tables: write [[feed]], with two brackets"),
        (FEED + "[[fetch]]", "line 4: fetch: must be one table: write [fetch]"),
        ("fetch = 3\n" + FEED, "line 1: fetch: must be one table: write [fetch]"),
        ("a = 1\nb =\n", "line 2: is not TOML: Invalid value"),
        ("a = 1\n\nb = [1", "line 3: is not TOML: Unclosed array"),
        ("a = " + "[" * 9999, "line 1: is not TOML: "),
        (b"a = 1\nb = '\xff'", "line 2: is not UTF-8"),
    ],
)
def test_wrong_files(problems: Callable[..., Any], text: str | bytes, told: str) -> None:
    """A file of another shape is one line too."""
    (problem,) = problems(text)
    assert problem.startswith(told)


def test_no_file(tmp_path: Path) -> None:
    """A missing file is named, with the command that makes one; so is an unreadable one."""
    path = str(tmp_path / "no.toml")
    with pytest.raises(ConfigError) as caught:
        load(path, {})
    assert str(caught.value) == f"{path}: there is no such file; `filterfeed init` makes one"
    with pytest.raises(ConfigError, match="cannot be read: Is a directory"):
        load(str(tmp_path), {})


# --- the table of keys, and the template ---


def test_keys_are_the_fields() -> None:
    """KEYS has what Config, FetchConfig, FeedConfig and Policy have, and nothing else."""
    fields = {
        field.name
        for type_ in (Config, FetchConfig, FeedConfig, Policy)
        for field in dataclasses.fields(type_)
    }
    assert {key.name for key in KEYS} == fields - {"path", "fetch", "feeds", "policy"}
    assert all(key.doc and "\n" not in key.doc for key in KEYS)


def test_template(loaded: Loader) -> None:
    """`init` writes a file that is valid as it is, and shows each key with its default."""
    config = loaded(TEMPLATE)
    uncommented = "\n".join(
        line[1:] if line.startswith("#") and line[1] != " " else line
        for line in TEMPLATE.splitlines()
    )
    assert loaded(uncommented) == config
    assert config.feeds == (FeedConfig("example", "https://example.com/feed.xml"),)
    written = tomllib.loads(uncommented)
    named = {
        (table, name) for table in ("filterfeed", "fetch", "defaults") for name in written[table]
    }
    assert named == {(key.tables[0], key.name) for key in KEYS if key.tables != ("feed",)}


# --- properties ---

TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), max_size=8)
ACTIONS = st.sampled_from(["drop", "collapse", "keep"])
POLICY: dict[str, st.SearchStrategy[Any]] = {
    "ad": ACTIONS,
    "legal": ACTIONS,
    "chrome": ACTIONS,
    "promoted": st.sampled_from(["drop", "tag", "keep"]),
    "threshold": st.floats(0, 1),
    "keep_patterns": st.lists(st.sampled_from(["a", r"\d+", "(?i)b|c"])),
    "drop_patterns": st.lists(st.sampled_from(["a", r"\d+", "(?i)b|c"])),
}
SETTINGS: dict[str, st.SearchStrategy[Any]] = POLICY | {
    "title": TEXTS,
    "source": st.sampled_from(["auto", "page", "body"]),
    "interval": st.integers(1, 30 * 86400),
    "keep_items": st.integers(1, 1000),
    "max_pages": st.integers(0, 1000),
    "mirror": st.sampled_from(["", "/srv/pages"]),
}


def toml(value: Any) -> str:
    if isinstance(value, list):
        return "[" + ", ".join(map(toml, value)) + "]"
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return repr(value)


@FUZZ
@given(st.fixed_dictionaries({}, optional=SETTINGS))
def test_any_subset_round_trips(loaded: Loader, settings_: dict[str, Any]) -> None:
    """Whatever of a feed's settings is written is what is read; the rest is default."""
    feed = loaded(FEED + "".join(f"{k} = {toml(v)}\n" for k, v in settings_.items())).feeds[0]
    values: Any = {k: tuple(v) if isinstance(v, list) else v for k, v in settings_.items()}
    policy = Policy(**{name: values.pop(name) for name in POLICY if name in values})
    assert feed == FeedConfig("a", "https://a.example/feed", policy=policy, **values)


JUNK = st.recursive(
    st.one_of(TEXTS, st.booleans(), st.integers(), st.floats(), st.just("1979-05-27")),
    lambda inner: st.lists(inner, max_size=3),
    max_leaves=5,
)
ANY_KEY = st.one_of(st.sampled_from([key.name for key in KEYS]), st.just("junk"))
ANY_TABLE = st.sampled_from(["[filterfeed]", "[fetch]", "[defaults]", "[[feed]]", "[feed]", "[x]"])
ANY_LINE = st.one_of(
    st.builds(lambda key, value: f"{key} = {toml(value)}", ANY_KEY, JUNK),
    st.builds(lambda key, value: f"{key} = {{ x = {toml(value)} }}", ANY_KEY, JUNK),
    ANY_TABLE,
    TEXTS,
)


@FUZZ
@given(st.one_of(st.lists(ANY_LINE).map("\n".join).map(str.encode), st.binary(max_size=50)))
def test_junk_is_only_ever_a_config_error(loaded: Loader, junk: bytes) -> None:
    """Nothing but ConfigError comes out, each problem one line, whatever the file is."""
    try:
        loaded(junk)
    except ConfigError as error:
        assert error.problems
        assert all("\n" not in problem for problem in error.problems)


VALUES = st.sampled_from([
    "1", "-1.5e3", "true", '"x = 1 # [y]"', r'"\"}"', "'['", '"""\n[a]\n"""""', "'''\nb = 1\n'''",
    "1979-05-27 07:32:00", "[]", "[ 1.0, # ]\n  [2, 'a,b'],\n]", "{}",
    "{ a = 1, 'b c'.d = [{}, { e = 2 }] }", '[\n{ a = "}" },\n{ b = 1 }]',
])  # fmt: skip
KEY_NAMES = st.sampled_from(["a", "b-1", '"q.r"', "'s t'", "d.e", 'f . "g"', "1.2"])
STATEMENTS = st.one_of(
    st.tuples(KEY_NAMES, VALUES),
    st.sampled_from(["[t]", "[t.u]", "[[v]]", "[[v.w]]", '[ "x y" . z ]', "# [c]", ""]),
)


def paths(value: Any, path: tuple[Any, ...] = ()) -> set[tuple[Any, ...]]:
    """Of all keys and array members in what tomllib gives."""
    pairs = enumerate(value) if isinstance(value, list) else ()
    members = value.items() if isinstance(value, dict) else pairs
    return {path}.union(*(paths(member, (*path, key)) for key, member in members))


@FUZZ
@given(st.lists(STATEMENTS, max_size=12))
def test_lines_are_found(statements: list[Any]) -> None:
    """Each key of any TOML text is found, in the line where it is written."""
    text = ""
    expected: dict[tuple[Any, ...], tuple[int, int]] = {}
    for statement in statements:
        candidate = (
            text + (" = ".join(statement) if isinstance(statement, tuple) else statement) + "\n"
        )
        try:
            old, new = paths(tomllib.loads(text)), paths(tomllib.loads(candidate))
        except tomllib.TOMLDecodeError:
            continue  # a key twice, say
        first, last = text.count("\n") + 1, candidate.count("\n")
        expected |= dict.fromkeys(new - old, (first, last))
        text = candidate
    lines = Lines(text)
    for path, (first, last) in expected.items():
        assert first <= lines.of(path) <= last, (path, text)


def test_import_is_light() -> None:
    """Reading a configuration needs no library but Python's own."""
    code = (
        "import sys; before = set(sys.modules); import filterfeed.config, filterfeed.store;"
        "new = {name.partition('.')[0] for name in set(sys.modules) - before};"
        "print(*new - sys.stdlib_module_names)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.split() == ["filterfeed"]
