"""Addresses of this package."""

from typing import Any

routes: list[Any] = []
