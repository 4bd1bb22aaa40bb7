"""A shop whose tables are built, copied for every test beside a sandbox of its own."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[3]))  # the trial's tools are in `benchmarks`

from benchmarks.crash.place import Faults, Place, Shop, running_sandbox
from benchmarks.crash.process import start
from tests.journey.crash.crashing import CUSTOMERS, DAY, Crashing, Open, ended
from tests.journey.crash.gate import gate_to


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """The shop's first day, its tables built and nothing sent, for its run had no key.

    Every test goes on with that run, so the address of the sandbox is the same for all of them.
    """
    folder = tmp_path_factory.mktemp("crash")
    shop = Shop(
        folder=folder / "shop", customers=CUSTOMERS, endpoint=f"http://127.0.0.1:{free_port()}"
    )
    shop.write(day=DAY)
    arguments = ["run", "--project", str(shop.folder), "--as-of", shop.morning(DAY)]
    environ = shop.environ | {"ONEFOLD_CREDENTIAL_BRAZE_KEY": ""}
    code, said = ended(start(arguments, environ=environ, log=folder / "run.log"))
    assert (code, "ONEFOLD_CREDENTIAL_BRAZE_KEY" in said) == (1, True), said
    return shop


@pytest.fixture
def crashing(built: Shop, tmp_path: Path) -> Iterator[Open]:
    """Copies the built shop, and starts a sandbox with options and faults of the test's own.

    With `gated` the shop's address is a gate to the sandbox; with `new` its store is not there yet.
    """
    with ExitStack() as stack:

        def open_one(
            *options: str, faults: Faults = (), new: bool = False, gated: bool = False
        ) -> Crashing:
            port = 0 if gated else port_of(built.endpoint)
            url = stack.enter_context(running_sandbox(*options, port=port))
            gate = stack.enter_context(gate_to(url, port_of(built.endpoint))) if gated else None
            shop = replace(built, folder=tmp_path / "shop")
            skip = shutil.ignore_patterns(".onefold") if new else None
            shutil.copytree(built.folder, shop.folder, ignore=skip)
            place = Place(shop=shop, url=url)
            place.faults(faults)
            return Crashing(place=place, folder=tmp_path, gate=gate)

        yield open_one


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


def port_of(url: str) -> int:
    return int(url.rpartition(":")[2])


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Callable[[Path, str], None]]:
    """Mounts a disk of a given size on a folder; skips where mounting is not permitted."""
    mounted: list[Path] = []

    def mount(folder: Path, size: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        again = ["-o", f"remount,size={size}"] if folder in mounted else ["-o", f"size={size}"]
        command = ["mount", "-t", "tmpfs", *again, "tmpfs", str(folder)]
        done = _run(command)
        if done is None or done.returncode:
            pytest.skip("mounting a small disk is not permitted here")
        mounted.append(folder)

    yield mount
    for folder in set(mounted):
        _run(["umount", "--lazy", str(folder)])


def _run(command: Sequence[str]) -> subprocess.CompletedProcess[bytes] | None:
    try:
        return subprocess.run(command, capture_output=True, check=False)
    except OSError:
        return None
