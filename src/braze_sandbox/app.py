"""The ASGI application: what is not under `/_sandbox/` is a request to the API."""

import asyncio
from functools import reduce

from braze_sandbox.api import MAX_BODY_BYTES, Asked
from braze_sandbox.clock import moment
from braze_sandbox.control import control, is_control
from braze_sandbox.faults import Delivery, Met, Scene
from braze_sandbox.request_log import Entry
from braze_sandbox.sandbox import Sandbox, complain
from braze_sandbox.state import StateError
from braze_sandbox.web import Answer, ClientGone, Exchange, Receive, Scope, Send


class App:
    """Raw ASGI over one sandbox."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        exchange = Exchange(scope, receive, send, self._sandbox.kept)
        try:
            if is_control(exchange.path):
                await control(exchange, self._sandbox)
            else:
                await self._serve(exchange)
        except ClientGone:
            pass  # there is nobody to answer, and nothing was asked
        except StateError as error:  # nothing may be answered that is not kept
            complain(str(error))
            exchange.abort()

    async def _serve(self, exchange: Exchange) -> None:
        """Log, meet faults, answer."""
        sandbox = self._sandbox
        asked = await _asked(exchange)
        entry = sandbox.log.open(moment(sandbox.clock()), exchange.method, exchange.path)
        entry.host = asked.host
        sandbox.log.keep_body(entry, asked.body or b"")
        met = sandbox.faults.meet(exchange.path)
        answer = self._decide(asked, entry, met)
        delivery = max((one.fault.delivery for one in met), default=Delivery.WHOLE)
        if answer is None:
            delivery = Delivery.NOTHING
        entry.answered = delivery is Delivery.WHOLE
        sandbox.log.close(entry)
        if met:
            await asyncio.sleep(sum(one.fault.delay_s for one in met))
        await _deliver(exchange, answer, delivery)

    def _decide(self, asked: Asked, entry: Entry, met: list[Met]) -> Answer | None:
        """The API's answer, as far as the faults let it be given."""
        sandbox = self._sandbox
        entry.faults = [one.number for one in met]
        accepted = all(one.fault.accepts for one in met)
        answer = sandbox.backend.answer(asked, entry) if accepted else None
        scene = Scene(
            now=sandbox.clock(),
            account=sandbox.settings.account,
            asked=asked,
            decisions=sandbox.workspace.decisions,
        )
        answer = reduce(lambda given, one: one.fault.replace(given, scene), met, answer)
        if answer is not None:
            entry.status, entry.message = answer.status, str(answer.content["message"])
        return answer


async def _asked(exchange: Exchange) -> Asked:
    return Asked(
        method=exchange.method,
        path=exchange.path,
        authorization=exchange.header("authorization"),
        content_type=exchange.header("content-type"),
        body=await exchange.read(MAX_BODY_BYTES),
        host=exchange.header("host"),
        address=exchange.address,
        query=exchange.parameters,
    )


async def _deliver(exchange: Exchange, answer: Answer | None, delivery: Delivery) -> None:
    if answer is None or delivery is Delivery.NOTHING:
        await exchange.cut()
    elif delivery is Delivery.HALF:
        await exchange.answer_half(answer)
    else:
        await exchange.answer(answer)
