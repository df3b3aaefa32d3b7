"""HTTP's rules for one representation: has the client got it already, and does it take gzip?"""

from __future__ import annotations

import gzip
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime

from starlette.responses import Response

from filterfeed.store import Output

_TAG = re.compile(r'"[^"]*"')
_ZERO = re.compile(r"q\s*=\s*0(\.0*)?")


def respond(output: Output, request: Mapping[str, str], headers: Mapping[str, str]) -> Response:
    """200 with the bytes, gzipped where the request allows it, or 304 with none.

    Both codings have the same ETag, marked as weak: it stands for the text, not for the bytes
    on the wire, so that either one is known again however it was had.
    """
    common = {
        "ETag": f"W/{output.etag}",
        "Last-Modified": format_datetime(output.last_modified, usegmt=True),
        "Vary": "Accept-Encoding",
        **headers,
    }
    if not_modified(output, request):
        return Response(status_code=304, headers=common)
    if not accepts_gzip(request.get("accept-encoding", "")):
        return Response(output.body, headers=common)
    # Compressed anew each time (some milliseconds): a reader gets each version once.
    body = gzip.compress(output.body, compresslevel=6, mtime=0)
    return Response(body, headers={**common, "Content-Encoding": "gzip"})


def not_modified(output: Output, request: Mapping[str, str]) -> bool:
    """RFC 9110, 13.2.2: If-Modified-Since counts only where there is no If-None-Match."""
    tags = request.get("if-none-match")
    if tags is not None:
        return tags.strip() == "*" or output.etag in _TAG.findall(tags)
    since = _date(request.get("if-modified-since", ""))
    return since is not None and output.last_modified <= since


def accepts_gzip(accept_encoding: str) -> bool:
    """RFC 9110, 12.5.3. Without the header nothing is compressed: few such clients could."""
    allowed: dict[str, bool] = {}
    for entry in accept_encoding.lower().split(","):
        coding, _, weight = entry.partition(";")
        allowed[coding.strip()] = not _ZERO.fullmatch(weight.strip())
    return allowed.get("gzip", allowed.get("x-gzip", allowed.get("*", False)))


def _date(text: str) -> datetime | None:
    try:
        date = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return date if date.tzinfo else date.replace(tzinfo=UTC)
