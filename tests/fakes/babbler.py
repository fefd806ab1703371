"""A listener that says one thing to whoever connects, whatever was asked, and hangs up."""

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
