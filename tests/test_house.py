"""The order of the house: who may import whom and when, how long a file may be, what is drawn."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from filterfeed import errors

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "filterfeed"

# Imports go down, and not sideways: only the modules of one package may import each other.
FLOORS = {
    "__main__": 8,
    "__init__": 7,
    "cli": 7,
    "api": 6,
    "pipeline": 6,
    "web": 6,
    "learn.adapt": 4,
    "learn.adapting": 5,
    "learn.train": 5,
    "learn": 4,
    "learn.align": 4,
    "learn.calibration": 4,
    "learn.card": 5,
    "learn.corpus": 4,
    "learn.evaluate": 4,
    "learn.excerpts": 4,
    "learn.labels": 4,
    "learn.lines": 4,
    "learn.modelcard": 4,
    "learn.questions": 4,
    "learn.report": 4,
    "learn.samples": 4,
    "candidate": 4,
    "registry": 4,
    "story": 5,
    "classify": 3,
    "clean": 3,
    "extract": 3,
    "fetch": 3,
    "hint": 3,
    "identity": 3,
    "model": 3,
    "parse": 3,
    "promotion": 3,
    "publish": 3,
    "render": 3,
    "schedule": 3,
    "store": 3,
    "config": 2,
    "guard": 2,
    "segment": 2,
    "shingles": 2,
    "urls": 2,
    "errors": 1,
    "markup": 1,
    "runs": 1,
    "types": 1,
}
# Imported from the package itself, which else is above nearly all; it needs nothing.
OF_THE_PACKAGE = {"__version__"}

HOMES = {
    "charset_normalizer": {"parse"},
    "click": {"cli"},
    "feedparser": {"parse"},
    "jinja2": {"web"},
    "joblib": {"model"},
    "lxml": {"markup"},
    "nh3": {"clean"},
    "numpy": {"model", "learn"},
    "rich": {"cli"},
    "scipy": {"model"},
    "sklearn": {"model"},
    "sqlite3": {"store"},
    "starlette": {"web"},
    "threadpoolctl": {"model"},
    "tomllib": {"config"},
    "trafilatura": {"extract"},
    "urllib3": {"fetch"},
    "uvicorn": {"web"},
}
VISITS = {
    ("joblib", "pipeline"): "Parallel is the seam for work on many cores and machines",
    ("joblib", "learn"): "the folds of a cross-validation, likewise",
}
DISTRIBUTIONS = {"charset_normalizer": "charset-normalizer", "sklearn": "scikit-learn"}
IN_TYPES_ONLY = {"_typeshed"}

QUICK = {"click", "sqlite3", "tomllib"}
# Whoever imports one of these has paid for a slow library.
SLOW_ROOMS = {
    *("clean", "extract", "fetch", "learn", "markup", "model", "parse", "render", "segment"),
    *("candidate", "story", "web"),
}
# Who decides when that is. Here imports may stand inside of functions, marked as slow.
LATE_ROOMS = {"api", "cli", "pipeline", "candidate"}
LATE_THOUGH_QUICK = {
    ("cli", "filterfeed.config"): "help and version answer at once, whatever the verbs need",
    ("cli", "filterfeed.pipeline"): "help and version answer at once, whatever the verbs need",
    ("cli", "filterfeed.cli"): "the same of what only one verb needs",
    ("config", "difflib"): "only when there is a mistake to explain",
}

MOST_LINES = 300


@dataclass(frozen=True)
class Import:
    file: Path
    line: int
    room: str
    target: str
    """A module, with its package; a name of the package itself as "filterfeed"."""
    late: bool
    """Inside a function."""
    typing: bool
    """For type checkers only."""
    text: str

    def __str__(self) -> str:
        return f"{self.file.relative_to(ROOT)}:{self.line}: {self.room} imports {self.target}"

    @property
    def library(self) -> str:
        return self.target.partition(".")[0]

    @property
    def is_ours(self) -> bool:
        return self.library == "filterfeed"


def files() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def module_of(file: Path) -> str:
    parts = file.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def is_module(name: str) -> bool:
    path = ROOT.joinpath(*name.split("."))
    return path.is_dir() or path.with_suffix(".py").is_file()


def room_of(module: str) -> str:
    """The name in FLOORS."""
    _, _, rest = module.partition(".")
    names = rest.split(".")
    return ".".join(names[:2] if names[0] == "learn" else names[:1]) or "__init__"


def package_of(room: str) -> str:
    return room.partition(".")[0]


@cache
def imports() -> tuple[Import, ...]:
    return tuple(own for file in files() for own in _imports(file))


def _imports(file: Path) -> Iterator[Import]:
    text = file.read_text(encoding="utf-8")
    lines = text.splitlines()
    room = room_of(module_of(file))
    for node, late, typing in _statements(ast.parse(text), False, False):
        said = "\n".join(lines[node.lineno - 1 : node.end_lineno])
        for target in _targets(node):
            yield Import(file, node.lineno, room, target, late, typing, said)


def _statements(
    node: ast.AST, late: bool, typing: bool
) -> Iterator[tuple[ast.Import | ast.ImportFrom, bool, bool]]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import | ast.ImportFrom):
            yield child, late, typing
        is_late = late or isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        is_typing = typing or (
            isinstance(child, ast.If) and ast.unparse(child.test) == "TYPE_CHECKING"
        )
        yield from _statements(child, is_late, is_typing)


def _targets(node: ast.Import | ast.ImportFrom) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
        return
    assert node.level == 0 and node.module, "imports say the whole name"
    for alias in node.names:
        whole = f"{node.module}.{alias.name}"
        if node.module == "filterfeed" and alias.name in OF_THE_PACKAGE:
            continue
        yield whole if whole.startswith("filterfeed.") and is_module(whole) else node.module


def slow_modules() -> set[str]:
    """Modules of ours that import something slow when they are imported."""
    direct: dict[str, set[str]] = {module_of(file): set() for file in files()}
    for own in imports():
        if not (own.late or own.typing):
            direct[module_of(own.file)].add(own.target)
    slow: set[str] = set()
    while True:
        more = {module for module in direct if _is_slow(module, direct[module], slow)} - slow
        if not more:
            return slow
        slow |= more


def _is_slow(module: str, targets: set[str], slow: set[str]) -> bool:
    # With a module all packages that it is in are imported; the outermost one is quick.
    packages = {module.rpartition(".")[0]} - {"filterfeed", ""}
    needed = targets | packages
    slow_libraries = HOMES.keys() - QUICK
    return any(name in slow or name.partition(".")[0] in slow_libraries for name in needed)


def test_every_module_is_on_a_floor() -> None:
    """A new module is given its place; a place without a module goes."""
    assert {room_of(module_of(file)) for file in files()} == set(FLOORS)


def test_imports_go_down() -> None:
    """Also those inside of functions, and those for type checkers."""
    wrong = []
    for own in imports():
        if own.is_ours:
            target = room_of(own.target)
            here, there = FLOORS[own.room], FLOORS[target]
            inside = package_of(own.room) == package_of(target)
            if there > here or (there == here and not inside):
                wrong.append(f"{own} (floor {here} to {there})")
    assert not wrong, "\n".join(wrong)


def test_each_library_has_one_home() -> None:
    """What a library can do is known, and its errors are turned into ours, in one place."""
    used = set()
    wrong = []
    for own in imports():
        library, package = own.library, package_of(own.room)
        if library not in HOMES and (own.is_ours or library in sys.stdlib_module_names):
            continue
        if own.typing and library in IN_TYPES_ONLY:
            continue
        used.add((library, package))
        if package not in HOMES.get(library, ()) and (library, package) not in VISITS:
            wrong.append(str(own))
    assert not wrong, "\n".join(wrong)
    assert used >= VISITS.keys(), "exceptions that nobody needs"
    assert {library for library, _ in used} == HOMES.keys()


def test_libraries_are_declared() -> None:
    """What is imported is a dependency of ours, not only one of a dependency's."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    declared = {re.split(r"[^A-Za-z0-9_.-]", each)[0] for each in project["dependencies"]}
    needed = {DISTRIBUTIONS.get(name, name) for name in HOMES.keys() - sys.stdlib_module_names}
    assert needed <= declared


def test_what_is_slow_to_import() -> None:
    """The rest, runs with nothing to do above all, is quick."""
    assert {package_of(room_of(module)) for module in slow_modules()} == SLOW_ROOMS


def test_late_imports_are_slow_and_say_so() -> None:
    """An import inside of a function is for the sake of time, and only where that is decided."""
    slow = slow_modules()
    excused = set()
    wrong = []
    for own in imports():
        if not own.late:
            continue
        package = package_of(own.room)
        excuse = next(
            (each for each in LATE_THOUGH_QUICK if each[0] == package and _is_in(own, each[1])),
            None,
        )
        if own.target in slow or own.library in HOMES.keys() - QUICK:
            if package not in LATE_ROOMS or "# slow: " not in own.text:
                wrong.append(f"{own}, which is slow")
        elif excuse:
            excused.add(excuse)
        else:
            wrong.append(f"{own} late, though it is quick")
    assert not wrong, "\n".join(wrong)
    assert excused == LATE_THOUGH_QUICK.keys(), "exceptions that nobody needs"


def _is_in(own: Import, module: str) -> bool:
    return own.target == module or own.target.startswith(f"{module}.")


def test_marks_are_true() -> None:
    """What says that it is slow is an import inside of a function, of something slow."""
    marked = {
        (file, number)
        for file in files()
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1)
        if "# slow:" in line
    }
    slow = slow_modules()
    true = {
        (own.file, own.line + number)
        for own in imports()
        if own.late and (own.target in slow or own.library in HOMES.keys() - QUICK)
        for number, line in enumerate(own.text.splitlines())
        if "# slow:" in line
    }
    assert marked == true


def test_no_file_is_long() -> None:
    """A file is read in one go."""
    lengths = {
        str(file.relative_to(PACKAGE)): len(file.read_text(encoding="utf-8").splitlines())
        for file in files()
    }
    assert {name for name, length in lengths.items() if length > MOST_LINES} == set()


def test_the_tree_of_errors_is_drawn_as_it_is() -> None:
    """Every error is in the tree at the top of errors.py, below the one that it is a kind of."""
    drawn: dict[str, str] = {}
    above: list[str] = []
    for line in (errors.__doc__ or "").splitlines():
        if found := re.match(r"((?:│   |    )*)(?:[├└]── )?([A-Z]\w+)(?:  |$)", line):
            depth = len(line[: found.start(2)]) // 4
            above[depth:] = [found[2]]
            drawn[found[2]] = above[depth - 1] if depth else "Exception"
    defined = {
        name: own.__base__.__name__
        for name, own in vars(errors).items()
        if isinstance(own, type) and issubclass(own, Exception) and own.__base__
    }
    assert drawn == defined
