"""The live page: three files that ask the other control calls once a second."""

from importlib import resources

from braze_sandbox.control.replies import Routes
from braze_sandbox.sandbox import Sandbox
from braze_sandbox.web import Exchange

_TYPES = {"html": "text/html", "css": "text/css", "js": "text/javascript"}
_HEADERS = {
    "cache-control": "no-cache",
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
        "img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}


async def show_page(exchange: Exchange, _: Sandbox) -> None:
    """The page itself."""
    await _send(exchange, "index.html")


async def _style(exchange: Exchange, _: Sandbox) -> None:
    await _send(exchange, "style.css")


async def _script(exchange: Exchange, _: Sandbox) -> None:
    await _send(exchange, "app.js")


async def _send(exchange: Exchange, name: str) -> None:
    body = resources.files("braze_sandbox").joinpath("page", name).read_bytes()
    kind = f"{_TYPES[name.rpartition('.')[2]]}; charset=utf-8"
    await exchange.send(kind.encode(), body, _HEADERS)


PAGE: Routes = {("GET", "page/style.css"): _style, ("GET", "page/app.js"): _script}
"""What the page needs beside itself."""
