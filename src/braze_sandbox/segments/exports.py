"""Exports of segments: files of JSON lines, made a file at a time while others are answered."""

import asyncio
import gzip
import json
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from hashlib import md5
from pathlib import Path
from tempfile import TemporaryDirectory
from zipfile import ZIP_DEFLATED, ZipFile

from braze_sandbox.clock import Clock, moment

USERS_IN_FILE = 5_000
VALID_S = 4 * 3_600
"""How long an address leads to its file."""
CALLBACK_WITHIN_S = 10
PART = ".part"
"""Ends the names of files that are not whole."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One export."""

    segment_id: str
    prefix: str
    """What its files are called by: a UUID and the second in which it was asked for."""
    output_format: str
    callback: str | None
    """The address that is told when it is done."""
    url: str | None
    """Where its file will be; None: in the bucket."""


class Exports:
    """Exports that run, and the files of those that are done.

    Args:
        bucket: The folder that stands for a bucket; None: files are to be downloaded.
        clock: Seconds since the epoch.
        complain: Is told what went wrong.
    """

    def __init__(self, bucket: Path | None, clock: Clock, complain: Callable[[str], None]) -> None:
        self.bucket = bucket
        self._clock = clock
        self._complain = complain
        self._running: dict[str, Job] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._held: list[Iterator[None]] | None = None
        self._own: TemporaryDirectory[str] | None = None
        self._ready: dict[str, tuple[Path, float]] = {}

    def __len__(self) -> int:
        """How many were asked for and are not done."""
        return len(self._running)

    def is_running(self, segment_id: str) -> bool:
        """Whether an export of the segment is not done yet."""
        return segment_id in self._running

    def open(self, job: Job) -> None:
        """Take notice of an export that is to be started: no other of its segment may be."""
        self._running[job.segment_id] = job

    def start(self, job: Job, lines: Iterable[bytes | None]) -> None:
        """Export the lines, a user each, as soon as nothing holds exports.

        Others are answered after each file, and whenever a line is None.
        """
        steps = self._steps(job, iter(lines))
        if self._held is None:
            self._begin(steps)
        else:
            self._held.append(steps)

    @property
    def are_held(self) -> bool:
        """Whether exports wait until somebody lets them go."""
        return self._held is not None

    def hold(self, *, held: bool) -> None:
        """Have exports wait from now on, or let them go."""
        waiting = self._held or []
        self._held = waiting if held else None
        for steps in () if held else waiting:
            self._begin(steps)

    def file(self, name: str) -> Path | None:
        """The file of an export that is done, while its address is valid."""
        path, until = self._ready.get(name, (None, 0.0))
        return path if self._clock() < until else None

    def stop(self) -> None:
        """Give up what runs, and forget what is done; what is in the bucket stays."""
        for task in self._tasks:
            task.cancel()
        self._running.clear()
        self._ready.clear()
        if self._own is not None:
            self._own.cleanup()
            self._own = None

    def _begin(self, steps: Iterator[None]) -> None:
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:  # before the sandbox listens nobody waits for an answer
            for _ in steps:
                pass
            return
        task = loop.create_task(_walk(steps))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _steps(self, job: Job, lines: Iterator[bytes | None]) -> Iterator[None]:
        """The whole export, in steps of a file each."""
        try:
            yield from (
                self._to_bucket(self.bucket, job, lines)
                if self.bucket
                else self._to_url(job, lines)
            )
        except OSError as error:
            self._complain(f"the export {job.prefix} failed: {error}")
        else:
            if job.callback is not None:
                told = (job.callback, {"success": True} | ({"url": job.url} if job.url else {}))
                threading.Thread(target=self._call_back, args=told, daemon=True).start()
        finally:
            self._running.pop(job.segment_id, None)

    def _to_bucket(self, bucket: Path, job: Job, lines: Iterator[bytes | None]) -> Iterator[None]:
        """Files of up to 5,000 users."""
        day = f"{moment(self._clock()):%Y-%m-%d}"
        folder = bucket / "segment-export" / job.segment_id / day / job.prefix
        folder.mkdir(parents=True, exist_ok=True)
        for file in _files(job, lines):
            if file is not None:
                _put(folder, *file, compressed=job.output_format == "gzip")
            yield

    def _to_url(self, job: Job, lines: Iterator[bytes | None]) -> Iterator[None]:
        """One file that holds them all."""
        self._forget_old()
        self._own = self._own or TemporaryDirectory(prefix="braze-sandbox-")
        path = Path(self._own.name) / f"{job.prefix}.zip"
        new = path.with_suffix(PART)
        with ZipFile(new, "w", ZIP_DEFLATED) as archive:
            for file in _files(job, lines):
                if file is not None:
                    archive.writestr(f"{file[0]}.json", file[1])
                yield
        new.replace(path)
        self._ready[path.name] = path, self._clock() + VALID_S

    def _forget_old(self) -> None:
        for name in [one for one in self._ready if self.file(one) is None]:
            self._ready.pop(name)[0].unlink()

    def _call_back(self, address: str, content: dict[str, object]) -> None:
        headers = {"Content-Type": "application/json"}
        body = json.dumps(content).encode()
        request = urllib.request.Request(address, body, headers)  # noqa: S310 - http(s), as checked
        try:
            urllib.request.urlopen(request, timeout=CALLBACK_WITHIN_S).close()  # noqa: S310 - as above
        except (OSError, ValueError) as error:
            self._complain(f"the callback of an export failed: {error}")


async def _walk(steps: Iterator[None]) -> None:
    for _ in steps:
        await asyncio.sleep(0)


def _put(folder: Path, name: str, content: bytes, *, compressed: bool) -> None:
    """Write one file, which is there as a whole or not at all."""
    new = folder / f"{name}{PART}"
    if compressed:
        new.write_bytes(gzip.compress(content))
        new.replace(folder / f"{name}.gz")
        return
    with ZipFile(new, "w", ZIP_DEFLATED) as archive:
        archive.writestr(f"{name}.json", content)
    new.replace(folder / f"{name}.zip")


def _files(job: Job, lines: Iterator[bytes | None]) -> Iterator[tuple[str, bytes] | None]:
    """Names and contents, each with a line break at its end; None where a line is."""
    some: list[bytes] = []
    number = 0
    for line in lines:
        if line is None:
            yield None
            continue
        some.append(line)
        if len(some) == USERS_IN_FILE:
            yield _file(job, number, some)
            some, number = [], number + 1
    if some:
        yield _file(job, number, some)


def _file(job: Job, number: int, lines: list[bytes]) -> tuple[str, bytes]:
    name = md5(f"{job.prefix}/{number}".encode(), usedforsecurity=False).hexdigest()
    return name, b"\n".join(lines) + b"\n"
