"""All of it: `python -m benchmarks [--sample N] [OUT.svg]`."""

from __future__ import annotations

from pathlib import Path

from benchmarks import extraction, picture, speed
from benchmarks.arguments import chosen, loaded, parser
from benchmarks.contestants import contestants
from benchmarks.pages import golden
from benchmarks.printing import machine

_TIMED = 100


def main() -> None:
    own = parser(__doc__ or "")
    own.add_argument("out", type=Path, nargs="?", metavar="OUT.svg", help="the picture")
    options = own.parse_args()
    pages = loaded(options.pages)
    print(machine(), "\n")
    print(speed.report(speed.measure(chosen(pages, options.sample, _TIMED))), "\n", flush=True)
    known = golden(pages)
    if not known:
        return
    results = extraction.measure(chosen(known, options.sample), contestants())
    print(extraction.report(results, languages=True))
    honest = [result for result in results if result.page.use == "validate"]
    if options.out and honest:
        drawn = picture.draw(extraction.summaries(honest))
        options.out.write_text(drawn, encoding="utf-8")


if __name__ == "__main__":
    main()
