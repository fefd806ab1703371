"""Static files, read once at the start and answered by version, with the headers that every page of ours carries."""

import gzip
from typing import Any

import msgspec
from litestar import MediaType, Request, Response

TYPES = {
    ".js": "text/javascript",
    ".css": "text/css",
    ".html": "text/html",
    ".svg": "image/svg+xml",
    ".png": "image/png",
}
"""What may be served from a folder, by how the name ends; anything else in it stays where it is."""

ASK_AGAIN = "no-cache"
FOR_EVER = "public, max-age=31536000, immutable"


class Asset(msgspec.Struct, frozen=True):
    """One answer: its bytes, the same gzipped where that is shorter, and its content type."""

    body: bytes
    gzipped: bytes | None
    content_type: str


def asset(body: bytes, content_type: str) -> Asset:
    """These bytes, zipped as well where that saves something."""
    gzipped = gzip.compress(body, 9, mtime=0)
    return Asset(body, gzipped if len(gzipped) < len(body) * 0.95 else None, content_type)


def security(*more: str, form_action: str) -> dict[str, str]:
    """Headers of our pages: own scripts and styles only, no markup from text, in nobody's frame."""
    policy = (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        *more,
        "base-uri 'none'",
        f"form-action {form_action}",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
    )
    return {
        "Content-Security-Policy": "; ".join(policy),
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "no-referrer",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
    }


def takes_gzip(request: Request[Any, Any, Any]) -> bool:
    """Whether the asker reads gzip."""
    for part in request.headers.get("accept-encoding", "").lower().split(","):
        coding, _, weight = part.partition(";")
        if coding.strip() in ("gzip", "*"):
            return weight.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return False


def answer(request: Request[Any, Any, Any], asset: Asset, headers: dict[str, str]) -> Response[bytes]:
    """The asset, zipped for whoever reads that."""
    zipped = asset.gzipped if takes_gzip(request) else None
    headers = dict(headers)
    if asset.gzipped is not None:
        headers["Vary"] = "Accept-Encoding"
    if zipped is not None:
        headers["Content-Encoding"] = "gzip"
    body = asset.body if zipped is None else zipped
    return Response(body, headers=headers, media_type=asset.content_type)


def nothing(headers: dict[str, str]) -> Response[bytes]:
    """There is no such file."""
    headers = {**headers, "Cache-Control": "no-store"}
    return Response(b"Not found\n", status_code=404, headers=headers, media_type=MediaType.TEXT)
