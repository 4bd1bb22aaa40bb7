"""A way to the sandbox that can be shut: connections are refused, and those open are cut."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from urllib.parse import urlsplit

__all__ = ["Gate", "gate_to"]

PIECE_BYTES = 65_536


class Gate:
    """Passes bytes on while it is open. It keeps its address when it is shut."""

    def __init__(self, target: str, port: int) -> None:
        parts = urlsplit(target)
        self._target = (str(parts.hostname), int(parts.port or 80))
        self._listener: socket.socket | None = None
        self._open: set[socket.socket] = set()
        self._port = port
        self.open()

    def open(self) -> None:
        """Let connections in, at the same port as before."""
        self._listener = socket.socket()
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._listener.bind(("127.0.0.1", self._port))
        self._listener.listen()
        self._begin(self._let_in, self._listener)

    def shut(self) -> None:
        """Refuse connections from now on, and cut those that are open."""
        if self._listener is not None:
            _end(self._listener)
        for one in list(self._open):
            _end(one)
        self._open.clear()

    def _let_in(self, listener: socket.socket) -> None:
        while True:
            try:
                inner, _ = listener.accept()
            except OSError:  # shut
                return
            outer = socket.create_connection(self._target)
            self._open |= {inner, outer}
            self._begin(self._pass_on, inner, outer)
            self._begin(self._pass_on, outer, inner)

    def _pass_on(self, giver: socket.socket, taker: socket.socket) -> None:
        with suppress(OSError):
            while piece := giver.recv(PIECE_BYTES):
                taker.sendall(piece)
        for one in (giver, taker):
            _end(one)
            self._open.discard(one)

    def _begin(self, target: object, *arguments: socket.socket) -> None:
        assert callable(target)
        threading.Thread(target=target, args=arguments, daemon=True).start()


def _end(one: socket.socket) -> None:
    with suppress(OSError):
        one.shutdown(socket.SHUT_RDWR)
    one.close()


@contextmanager
def gate_to(target: str, port: int) -> Iterator[Gate]:
    """Open a gate to an address, at a port of this machine."""
    gate = Gate(target, port)
    try:
        yield gate
    finally:
        gate.shut()
