"""uvicorn around the application, able to cut a connection and to say when it listens."""

import asyncio
import signal
import socket
import sys

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from braze_sandbox.web import ABORT, Receive, Scope, Send

KEEP_ALIVE_S = 75
STOP_WITHIN_S = 3
BACKLOG = 2_048


class CuttableProtocol(HttpToolsProtocol):
    """HTTP/1.1 whose application can cut the connection: ASGI itself knows no way to."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as the base class has it
        """Give the application of this connection its way to cut it."""
        super().connection_made(transport)
        app = self.app

        async def with_abort(scope: Scope, receive: Receive, send: Send) -> None:
            scope.setdefault("extensions", {})[ABORT] = transport.abort
            await app(scope, receive, send)

        self.app = with_abort


class AnnouncingServer(uvicorn.Server):
    """Says on stdout where it listens, once it does."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then announce."""
        await super().startup(sockets)
        host, port = self.servers[0].sockets[0].getsockname()[:2]
        sys.stdout.write(f"braze sandbox listening on http://{host}:{port}\n")
        sys.stdout.flush()


def serve(app: object, host: str, port: int) -> None:
    """Serve until SIGTERM or SIGINT; raises OSError when the address can't be had."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: None)  # uvicorn stops first, then raises it once more
    # asyncio turns Nagle's algorithm off only on sockets that name their protocol; with it on,
    # every answer waits 40 ms for the client's delayed acknowledgement.
    with socket.socket(proto=socket.IPPROTO_TCP) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        config = uvicorn.Config(
            app,  # type: ignore[arg-type]  # the same messages under other type names
            http=CuttableProtocol,
            lifespan="off",
            ws="none",
            log_level="warning",
            access_log=False,
            server_header=False,
            date_header=False,
            backlog=BACKLOG,
            timeout_keep_alive=KEEP_ALIVE_S,
            timeout_graceful_shutdown=STOP_WITHIN_S,
        )
        AnnouncingServer(config).run(sockets=[listener])
