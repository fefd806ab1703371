"""A small web site for worker tests: the shell, its files and an API, each replaceable, over a real socket."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

from server.phone.assets import FOLDER

Answer = tuple[int, str, bytes]


class Site:
    """Start with `with Site() as site:`. `publish` puts a version of the app online; `asked` holds every path."""

    def __init__(self) -> None:
        self.pages: dict[str, Answer] = {}
        self.bodies: dict[str, Any] = {}
        self.asked: list[str] = []
        self.down = False
        self._http = _Http(("127.0.0.1", 0), self)
        self.origin = f"http://127.0.0.1:{self._http.server_address[1]}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._http.shutdown()
        self._http.server_close()

    def publish(self, version: str, *, missing: str = "") -> None:
        """The shell, three files and the worker of one version; the file named `missing` is not there."""
        files = [f"/app/s/{version}/{name}" for name in ("main.js", "look.css", "away.html")]
        listed = ",".join(json.dumps(path) for path in files)
        worker = (FOLDER / "sw.js").read_text(encoding="utf-8")
        worker = worker.replace("/*VERSION*/", version).replace("/*FILES*/", listed)
        page = f'<!doctype html><title>{version}</title><script type="module" src="{files[0]}"></script>'
        self.pages = {
            "/app": (200, "text/html", page.encode()),
            "/app/sw.js": (200, "text/javascript", worker.encode()),
            "/api/me": (200, "application/json", b'{"name": "Noor"}'),
            files[0]: (200, "text/javascript", f"document.body.append('{version} runs')".encode()),
            files[1]: (200, "text/css", b"body { color: black }"),
            files[2]: (200, "text/html", f"<title>{version} is left</title>".encode()),
        }
        self.pages.pop(f"/app/s/{version}/{missing}", None)

    def answer(self, method: str, path: str, body: bytes) -> Answer:
        self.asked.append(f"{method} {path}")
        if method != "GET":
            self.bodies[f"{method} {path}"] = json.loads(body) if body else None
        return self.pages.get(path.split("?")[0], (404, "text/plain", b"not here"))


class _Http(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, address: tuple[str, int], site: Site) -> None:
        self.site = site
        super().__init__(address, _Handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A browser that goes away is part of the game."""


class _Handler(BaseHTTPRequestHandler):
    server: _Http

    def do_GET(self) -> None:
        if self.server.site.down:
            self.close_connection = True
            return
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        status, kind, text = self.server.site.answer(self.command, self.path, body)
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Cache-Control", "no-store" if self.path.startswith("/api") else "no-cache")
        if self.path == "/app/sw.js":
            self.send_header("Service-Worker-Allowed", "/app")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def do_PUT(self) -> None:
        self.do_GET()

    def do_POST(self) -> None:
        self.do_GET()

    def do_DELETE(self) -> None:
        self.do_GET()

    def log_message(self, *_: object) -> None:
        """Silent: the paths are kept in `asked`."""
