"""`/_sandbox/`, and the page at `/`: what tests and people look at and turn. No key, no limit.

`views` only show; `switches` change something. Their tables are all there is.
"""

from braze_sandbox.control.currents import CURRENTS
from braze_sandbox.control.dashboard import DASHBOARD
from braze_sandbox.control.lists import LISTS
from braze_sandbox.control.page import PAGE, show_page
from braze_sandbox.control.people import PEOPLE
from braze_sandbox.control.replies import Routes, Unfit, message
from braze_sandbox.control.segments import SEGMENTS
from braze_sandbox.control.switches import SWITCHES
from braze_sandbox.control.views import VIEWS, show_profile
from braze_sandbox.sandbox import Sandbox
from braze_sandbox.web import Exchange

__all__ = ["PREFIX", "ROUTES", "control", "is_control", "show_profile"]

PREFIX = "/_sandbox/"
ROUTES: Routes = {
    **VIEWS,
    **PEOPLE,
    **LISTS,
    **DASHBOARD,
    **SEGMENTS,
    **SWITCHES,
    **CURRENTS,
    **PAGE,
}


def is_control(path: str) -> bool:
    """Whether the path is none of the API."""
    return path.startswith(PREFIX) or path in ("/", PREFIX.rstrip("/"))


async def control(exchange: Exchange, sandbox: Sandbox) -> None:
    """Serve one request under `/_sandbox/`, or for the page."""
    at_root = (exchange.method, exchange.path) == ("GET", "/")
    what = exchange.path[len(PREFIX) :]
    above = what[: what.rfind("/") + 1]
    routed = ROUTES.get((exchange.method, what)) or (
        ROUTES.get((exchange.method, above)) if above else None
    )
    handle = show_page if at_root else routed
    if handle is None:
        await exchange.answer(message(404, f"No such address: {exchange.method} {exchange.path}"))
        return
    try:
        await handle(exchange, sandbox)
    except Unfit as unfit:
        await exchange.answer(message(400, str(unfit)))
