"""What a reader of the caseload asks to see, and the addresses of it."""

from typing import Any

from msgspec import Struct

PAGE = 100
SILENT_DAYS = 7


class Asked(Struct, frozen=True, kw_only=True):
    """What the reader wants to see: which clients, in what order, from which page. A name stands in no address."""

    show: str = "all"
    sort: str = "name"
    down: bool = False
    days: int = SILENT_DAYS
    page: int = 1
    name: str = ""


def page_of(asked: Asked, total: int) -> tuple[int, int]:
    """Which page is shown, of how many."""
    pages = max(1, -(-total // PAGE))
    return min(asked.page, pages), pages


def turning(asked: Asked, page: int, pages: int) -> dict[str, Any]:
    """The links to the pages before and after."""
    near = (page - 1, page + 1)
    turn = {number: link(asked, page=number) for number in near if 0 < number <= pages}
    return {"page": page, "pages": pages, "turn": turn}


def link(asked: Asked, **changes: Any) -> str:
    """The address of the caseload as asked, with changes; usual values and the name are left out."""
    usual = Asked()
    values = {
        name: changes.get(name, getattr(asked, name)) for name in ("show", "sort", "down", "days", "page")
    }
    parts = [
        f"{name}={1 if value is True else value}"
        for name, value in values.items()
        if value != getattr(usual, name)
    ]
    return "/caseload" + (f"?{'&'.join(parts)}" if parts else "")
