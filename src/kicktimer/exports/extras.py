"""What is said where a library that a format needs, an extra, is not installed."""

from __future__ import annotations

from kicktimer.errors import KicktimerError

REQUIREMENTS = {"xlsxwriter": "xlsxwriter>=3.2,<4", "fit-tool": "fit-tool>=0.9.13,<0.10"}
"""The libraries of the extras, as pyproject.toml names them."""


class MissingExtraError(KicktimerError):
    """Raised where the library is not installed. `requirement` is what pip is to install."""

    def __init__(self, library: str) -> None:
        super().__init__(f"this format needs the library {library}, which is not installed")
        self.requirement = REQUIREMENTS[library]
