"""The web process: uvicorn with our limits, stopped in good order by a signal."""

import signal
import socket
from collections.abc import Generator
from contextlib import contextmanager

import uvicorn
from litestar import Litestar

from notifications.escalations.stream import end_streams
from server.core.settings import Settings


class WebServer(uvicorn.Server):
    """uvicorn, stopped by a signal without raising it again: what runs behind it finishes in good order."""

    def __init__(self, app: Litestar, settings: Settings) -> None:
        self._state = app.state
        self._settings = settings
        config = uvicorn.Config(
            app,
            host=settings.host,
            port=settings.port,
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=bool(settings.trusted_proxies),
            forwarded_allow_ips=settings.trusted_proxies or None,
            timeout_graceful_shutdown=5,
            timeout_keep_alive=30,
        )
        super().__init__(config)

    def serve_until_stopped(self) -> None:
        """Serve; with `share_port` on a socket that other processes of this machine listen on as well."""
        if not self._settings.share_port:
            self.run()
            return
        where = (self._settings.host, self._settings.port)
        with socket.create_server(where, reuse_port=True, backlog=2048) as shared:
            self.run(sockets=[shared])

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End the live streams first: they would otherwise hold the process up, and be cut off in the end."""
        end_streams(self._state)
        await super().shutdown(sockets)

    @contextmanager
    def capture_signals(self) -> Generator[None]:
        """Hear SIGINT and SIGTERM while serving."""
        heard = (signal.SIGINT, signal.SIGTERM)
        before = {number: signal.signal(number, self.handle_exit) for number in heard}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
