"""Listeners that speak no HTTP: one says its thing and hangs up, the other goes on and on and comes to no end."""

import contextlib
import socket
import threading
from typing import Self


class Babbler:
    """Start with `with Babbler(b"...") as babbler:`."""

    def __init__(self, says: bytes) -> None:
        self._says = says
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._babble, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(5)

    def _babble(self) -> None:
        while True:
            try:
                heard, _ = self._listener.accept()
            except OSError:
                return
            with heard:
                heard.recv(65_536)
                heard.sendall(self._says)


class Dripper:
    """Answers with one letter after the other, so that no timeout of a single step ever ends it; `heard` counts."""

    def __init__(self, pause: float = 0.2) -> None:
        self.heard = 0
        self._pause = pause
        self._gone = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._listen, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._gone.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _listen(self) -> None:
        while True:
            try:
                heard, _ = self._listener.accept()
            except OSError:
                return
            self.heard += 1
            threading.Thread(target=self._drip, args=(heard,), daemon=True).start()

    def _drip(self, heard: socket.socket) -> None:
        with heard, contextlib.suppress(OSError):
            heard.sendall(b"HTTP/1.1 200 ")
            while not self._gone.wait(self._pause):
                heard.sendall(b"x")
