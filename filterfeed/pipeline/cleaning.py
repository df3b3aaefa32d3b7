"""Items and pages into clean items: the model, the worker processes, the boilerplate memory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING

from filterfeed.errors import FilterfeedError, ModelError
from filterfeed.pipeline import plan
from filterfeed.pipeline.plan import PageAnswer, Task, Work, one_line
from filterfeed.registry import Choice, choice
from filterfeed.store import Store, StoredItem
from filterfeed.types import CleanItem, Config

if TYPE_CHECKING:
    from filterfeed.model import Model
    from filterfeed.story import Prepared

    Ready = Prepared | CleanItem | FilterfeedError
    """What comes of a task: its candidates; the item as it came, when it cannot be worked on;
    or, when its worker has died, why."""

# Fewer items than this are done here before workers have started.
MANY = 32
# Items that a worker gets at a time.
CHUNK = 8


@dataclass(frozen=True, slots=True)
class Cleaner:
    model: Model
    choice: Choice
    """Of the model: workers load it for themselves."""

    def prepare(self, tasks: Sequence[Task], workers: int) -> Iterator[Ready]:
        """Both candidates of each task's item, segmented and scored."""
        if workers == 1 or len(tasks) < MANY:
            return (_prepared(task, self.model) for task in tasks)
        return self._in_processes(tasks, workers)

    def _in_processes(self, tasks: Sequence[Task], workers: int) -> Iterator[Ready]:
        from joblib import Parallel, delayed  # slow: joblib

        chunks = (tasks[start : start + CHUNK] for start in range(0, len(tasks), CHUNK))
        calls = (delayed(_chunk)(chunk, self.choice, self.model.id) for chunk in chunks)
        left = len(tasks)
        try:
            for chunk in Parallel(n_jobs=workers, return_as="generator")(calls):
                left -= len(chunk)
                yield from chunk
        except Exception as error:  # a worker has died
            yield from [FilterfeedError(one_line(error))] * left

    def remember(self, works: Sequence[Work], ready: Sequence[Ready], store: Store) -> None:
        """The blocks of each item, in place of those that it had under another title."""
        from filterfeed import story  # slow: lxml, nh3

        items = [
            (work, own)
            for work, own in zip(works, ready, strict=True)
            if isinstance(own, story.Prepared)
        ]
        for work, own in items:
            former = work.old and story.story_key(work.old.clean.item)
            if former and former != own.story:
                store.forget(own.host, former)
        for _, own in items:
            store.remember(own.host, own.story, own.keys)

    def finish(
        self,
        work: Work,
        answer: PageAnswer,
        ready: Prepared | CleanItem,
        store: Store,
        now: datetime,
    ) -> StoredItem:
        """The item as it goes out, judged with what the store remembers of its host."""
        from filterfeed import story  # slow: lxml, nh3

        if isinstance(ready, CleanItem):
            return plan.stored(work, answer, ready, plan.UNCLEANED, now)
        recurrence = store.recurrence(ready.host, ready.story, ready.keys)
        clean = story.finish(ready, work.feed.policy, recurrence)
        return plan.stored(work, answer, clean, self.model.id, now)


def choose(config: Config) -> tuple[Choice, str]:
    """The model to use, or the shipped one and why it cannot be told which."""
    try:
        return choice(config), ""
    except ModelError as error:
        return choice(None), f"{error}; the shipped model is used"


def load(chosen: Choice) -> tuple[Cleaner, str]:
    """A cleaner with the `chosen` model, or with the shipped one and what is wrong with the other.

    Raises ModelError when there is neither.
    """
    try:
        return _cleaner(chosen), ""
    except ModelError as error:
        if not chosen.path:
            raise
        return _cleaner(choice(None)), f"{error}; the shipped model is used"


def _cleaner(chosen: Choice) -> Cleaner:
    from filterfeed import model  # slow: numpy

    return Cleaner(model.load(chosen.path, chosen.trusted), chosen)


def _chunk(tasks: Sequence[Task], chosen: Choice, model_id: str) -> list[Ready]:
    """In a worker."""
    model = _worker_model(chosen, model_id)
    return [_prepared(task, model) for task in tasks]


@lru_cache(maxsize=1)
def _worker_model(chosen: Choice, model_id: str) -> Model:
    """Workers live on between runs; `model_id` tells them that the file has become another."""
    return _cleaner(chosen).model


def _prepared(task: Task, model: Model) -> Prepared | CleanItem:
    """An item that cannot be worked on goes out as it came: it must not hold up the others."""
    from filterfeed import story  # slow: lxml, nh3

    item, page, source = task
    try:
        return story.prepare(item, page, model, source)
    except Exception as error:
        if page:  # one that cannot be worked on is as good as none
            return _prepared((item, None, source), model)
        return story.uncleaned(item, one_line(error))
