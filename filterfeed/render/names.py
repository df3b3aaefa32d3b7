"""Namespaces of the elements around RSS."""

from __future__ import annotations

ATOM = "http://www.w3.org/2005/Atom"
CONTENT = "http://purl.org/rss/1.0/modules/content/"
DC = "http://purl.org/dc/elements/1.1/"
MEDIA = "http://search.yahoo.com/mrss/"
SYNDICATION = "http://purl.org/rss/1.0/modules/syndication/"
WFW = "http://wellformedweb.org/CommentAPI/"
XHTML = "http://www.w3.org/1999/xhtml"

DECLARED = {"atom": ATOM, "content": CONTENT, "dc": DC, "media": MEDIA}
"""At the root, by these prefixes, whether used or not."""

ATOM_LINK = f"{{{ATOM}}}link"
ATOM_UPDATED = f"{{{ATOM}}}updated"
CONTENT_ENCODED = f"{{{CONTENT}}}encoded"
DC_CREATOR = f"{{{DC}}}creator"
MEDIA_CONTENT = f"{{{MEDIA}}}content"
MEDIA_TEXT = f"{{{MEDIA}}}text"
