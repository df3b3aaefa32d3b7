"""What the model costs apart from its work: size, loading, memory, imports; in fresh processes."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from filterfeed.model import shipped_path

_RUNS = 3
_MIB = 1024 * 1024
# Until something has been scored, since some tables are made only then.
_LOADING = """
import json, time
start = time.perf_counter()
from filterfeed import model
from filterfeed.segment import segment
blocks = segment("<p>Sales rose 6% to $41 million.</p>")
imported = time.perf_counter()
loaded = model.load()
loaded.score(blocks, "body")
scored = time.perf_counter()
with open("/proc/self/status") as lines:
    resident = next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) / 1024
print(json.dumps({
    "import": imported - start, "load": scored - imported, "resident": resident,
}))
"""
_API = """
import json, time
start = time.perf_counter()
import filterfeed
print(json.dumps({"import": time.perf_counter() - start}))
"""


@dataclass(frozen=True, slots=True)
class Figure:
    name: str
    value: float
    limit: float | None = None


def measure() -> list[Figure]:
    """Each with the limit that the project has set itself, if it has."""
    loading = _median_of(_LOADING)
    return [
        Figure("model file, MiB", shipped_path().stat().st_size / _MIB, 8),
        Figure("loading the model, s, imports apart", loading["load"], 0.2),
        Figure("memory with the model loaded, MiB", loading["resident"], 220),
        Figure("import filterfeed, s", _median_of(_API)["import"]),
        Figure("import filterfeed.model, s", loading["import"]),
    ]


def _median_of(program: str) -> dict[str, float]:
    runs = [_fresh(program) for _ in range(_RUNS)]
    return {name: median(run[name] for run in runs) for name in runs[0]}


def _fresh(program: str) -> dict[str, float]:
    """What `program` prints in a process of its own."""
    root = Path(__file__).resolve().parent.parent
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=root, check=True, capture_output=True, text=True
    )
    found: dict[str, float] = json.loads(done.stdout)
    return found
