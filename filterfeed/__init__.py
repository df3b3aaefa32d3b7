"""filterfeed: financial news feeds without the ads and the disclaimers.

For programs: `label_page`, `label_body`, `clean_html`, `clean_feed` and `load_model` (see
`filterfeed.api`).
"""

from filterfeed.api import clean_feed, clean_html, label_body, label_page, load_model
from filterfeed.types import Policy

__all__ = ["Policy", "clean_feed", "clean_html", "label_body", "label_page", "load_model"]
__version__ = "0.1.0"
