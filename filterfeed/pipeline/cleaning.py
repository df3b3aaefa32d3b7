"""Items and pages into clean items: the model and the worker processes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from filterfeed.errors import ModelError
from filterfeed.types import Item, Page, Source

if TYPE_CHECKING:
    from filterfeed.model import Model
    from filterfeed.story import Prepared

# Fewer items than this are done sooner here than workers start.
MANY = 32
# Items that one worker gets at a time.
CHUNK = 8

Task = tuple[Item, Page | None, Source]


@dataclass(frozen=True, slots=True)
class Loaded:
    """A model in use; workers load it for themselves."""

    model: Model
    path: str


def load_model(path: str) -> tuple[Loaded, str]:
    """The model at `path`, else the shipped one and what is wrong with the other.

    Raises ModelError when there is neither.
    """
    from filterfeed import model  # slow: numpy, scikit-learn

    try:
        return Loaded(model.load(path), path), ""
    except ModelError as error:
        if not path:
            raise
        return Loaded(model.load(""), ""), f"{error}; the shipped model is used"


def prepare(tasks: Sequence[Task], loaded: Loaded, workers: int) -> Iterator[Prepared | Exception]:
    """Both candidates of each task's item, segmented and scored; or why that failed."""
    if workers == 1 or len(tasks) < MANY:
        return (_prepared(task, loaded.model) for task in tasks)
    return _in_processes(tasks, loaded, workers)


def _in_processes(
    tasks: Sequence[Task], loaded: Loaded, workers: int
) -> Iterator[Prepared | Exception]:
    from joblib import Parallel, delayed  # slow: joblib

    chunks = (tasks[start : start + CHUNK] for start in range(0, len(tasks), CHUNK))
    parallel = Parallel(n_jobs=workers, return_as="generator")
    for done in parallel(delayed(_chunk)(chunk, loaded.path, loaded.model.id) for chunk in chunks):
        yield from done


def _chunk(tasks: Sequence[Task], path: str, model_id: str) -> list[Prepared | Exception]:
    """In a worker."""
    model = _worker_model(path, model_id)
    return [_prepared(task, model) for task in tasks]


@lru_cache(maxsize=1)
def _worker_model(path: str, model_id: str) -> Model:
    """Workers live on between runs: `model_id` tells them when the file has become another."""
    from filterfeed import model  # slow: numpy, scikit-learn

    return model.load(path)


def _prepared(task: Task, model: Model) -> Prepared | Exception:
    from filterfeed import story  # slow: trafilatura

    item, page, source = task
    try:
        return story.prepare(item, page, model, source)
    except Exception as error:  # a page that cannot be worked on is as good as none
        return _prepared((item, None, source), model) if page else error
