"""Follow a page as a reader would: write its files, type its commands, compare what is shown.

What a page means by its code blocks:

- ``console``: lines that begin with ``$ `` are typed; the lines below are what is shown on stdout
  (on stderr, when stdout stays empty or the command fails). ``…`` stands for any text, a line
  ``…`` for any lines. Blank lines, the width of columns and the kind of rule do not matter.
- any other language, under a paragraph that ends with a path, as in "into `data/a.csv`:": the
  content of that file.
- all others are there to be read.
"""

from __future__ import annotations

import io
import os
import re
import shlex
import socket
import urllib.request
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path

import pytest

from onefold.app import Sandbox, start_sandbox
from onefold.cli import main

ROOT = Path(__file__).parents[2]
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
NAMED = re.compile(r"`([\w./-]+)`:\s*\Z")
PORT = "8765"  # the one that pages write; a free one takes its place


@dataclass(frozen=True, slots=True)
class Block:
    """A code block: its language, its text, and the file that it is the content of, if any."""

    language: str
    text: str
    file: str | None


def blocks(page: Path) -> Iterator[Block]:
    """Give the code blocks of a page, in order."""
    text = page.read_text(encoding="utf-8")
    for fence in FENCE.finditer(text):
        named = NAMED.search(text[: fence.start()])
        yield Block(fence[1], fence[2], named[1] if named else None)


def commands(block: Block) -> Iterator[tuple[str, list[str]]]:
    """Give what a console block types, each with the lines shown below it."""
    typed = ""
    for is_typed, lines in groupby(block.text.splitlines(), lambda line: line.startswith("$ ")):
        found = list(lines)
        if not is_typed:
            yield typed, found
            typed = ""
            continue
        for line in found:
            if typed:
                yield typed, []
            typed = line.removeprefix("$ ")
    if typed:
        yield typed, []


@dataclass(frozen=True, slots=True)
class Said:
    """What a command wrote, and its exit code."""

    stdout: str
    stderr: str
    code: int

    @property
    def shown(self) -> str:
        """What a reader looks at: the data, or the talk when there is none or it went wrong."""
        if self.code not in (0, 3):
            return self.stdout + self.stderr
        return self.stdout if self.stdout.strip() else self.stderr


@dataclass(slots=True)
class Terminal:
    """A terminal in a folder of its own. The real commands run in it, in this process."""

    port: str
    numbers_matter: bool = True
    sandboxes: list[Sandbox] = field(default_factory=list)

    def follow(self, page: Path) -> None:
        """Do what a page says, and compare what it shows."""
        for block in blocks(page):
            if block.file is not None:
                self.write(block.file, block.text)
            elif block.language == "console":
                for command, shown in commands(block):
                    said = self.type(command)
                    self._compare(command, shown, said)

    def write(self, file: str, text: str) -> None:
        """Write a file as a page has it."""
        path = Path(file)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.replace(PORT, self.port), encoding="utf-8")

    def write_files(self, page: Path) -> int:
        """Write the files of a page, type nothing, and give how many they were."""
        files = [block for block in blocks(page) if block.file is not None]
        for block in files:
            self.write(str(block.file), block.text)
        return len(files)

    def python(self, page: Path) -> str:
        """Run a page's Python, from top to bottom, and give what it prints."""
        text = "\n".join(block.text for block in blocks(page) if block.language == "python")
        printed = io.StringIO()
        with redirect_stdout(printed):
            exec(compile(text, str(page), "exec"), {})
        return printed.getvalue()

    def type(self, command: str) -> Said:
        """Type one command."""
        words = shlex.split(command.replace(PORT, self.port), comments=True)
        match words:
            case ["cd", folder]:
                os.chdir(folder)
                return Said("", "", 0)
            case ["onefold", "sandbox", "braze", *options]:
                self.sandboxes.append(start_sandbox(options))
                return Said(f"braze sandbox listening on {self.sandboxes[-1].url}\n", "", 0)
            case ["curl", "-s", address]:
                with urllib.request.urlopen(address, timeout=30) as answer:
                    return Said(answer.read().decode(), "", 0)
            case ["make", "demo"]:
                return _run(["demo", "--customers", "300"])
            case ["onefold", *arguments]:
                return _run(arguments)
        pytest.fail(f"a reader's terminal has this command, ours does not: {command}")

    def close(self) -> None:
        """Stop what runs in the background."""
        for sandbox in self.sandboxes:
            sandbox.stop()

    def _compare(self, command: str, shown: list[str], said: Said) -> None:
        fails = any(line.startswith("error:") for line in shown)
        assert (said.code not in (0, 3)) == fails, f"$ {command}\n{said.shown}"
        expected = [self._pattern(line) for line in shown if line.strip()]
        actual = [self._plain(line) for line in said.shown.splitlines() if line.strip()]
        if shown:
            assert _fits(expected, actual), _told(command, shown, said)

    def _pattern(self, line: str) -> str | None:
        if line.strip() == "…":
            return None
        return ".*".join(re.escape(self._plain(part)) for part in line.split("…"))

    def _plain(self, line: str) -> str:
        squeezed = re.sub(r"\s+", " ", re.sub("─+", "─", line)).strip()
        squeezed = squeezed.replace(self.port, PORT)
        return squeezed if self.numbers_matter else re.sub(r"\d+(?:[ .,:]\d+)*", "9", squeezed)


def _fits(expected: list[str | None], actual: list[str]) -> bool:
    """Tell whether lines fit patterns one to one; None stands for any lines."""
    if not expected:
        return not actual
    first, *rest = expected
    if first is None:
        return any(_fits(rest, actual[at:]) for at in range(len(actual) + 1))
    return bool(actual) and re.fullmatch(first, actual[0]) is not None and _fits(rest, actual[1:])


def _told(command: str, shown: list[str], said: Said) -> str:
    page = "\n".join(shown)
    return f"\n$ {command}\n--- the page shows\n{page}\n--- onefold says\n{said.shown}"


def _run(arguments: list[str]) -> Said:
    streams = [io.TextIOWrapper(io.BytesIO(), "utf-8", write_through=True) for _ in "oe"]
    code: object = 0
    with redirect_stdout(streams[0]), redirect_stderr(streams[1]):
        try:
            main(arguments)
        except SystemExit as end:
            code = end.code
    texts = []
    for stream in streams:
        stream.seek(0)
        texts.append(stream.read())
    return Said(texts[0], texts[1], code if isinstance(code, int) else int(code is not None))


@pytest.fixture
def terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Terminal]:
    """A terminal in a new folder, with no variables of ours set."""
    for name in list(os.environ):
        if name.startswith(("ONEFOLD_", "BRAZE_")):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    opened = Terminal(port=_free_port())
    yield opened
    opened.close()


def _free_port() -> str:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return str(listening.getsockname()[1])


@pytest.fixture(scope="session")
def root() -> Path:
    """The repository."""
    return ROOT


@pytest.fixture(scope="session")
def pages() -> tuple[Path, ...]:
    """Every page of the documents."""
    folders = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "src").rglob("*.md")]
    return tuple(sorted(folders))
