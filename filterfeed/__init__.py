"""filterfeed: financial news feeds without the ads and the disclaimers."""

__version__ = "0.1.0"
