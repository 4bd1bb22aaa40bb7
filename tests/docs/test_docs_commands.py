"""The page of commands says what the command line has; every page names only what exists.

`python tests/docs/test_docs_commands.py` writes the generated part again.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer

from onefold.cli.main import app
from onefold.cli.not_built import COMMANDS as NOT_BUILT

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "commands.md"
GENERATED = re.compile(r"(?<=<!-- generated: commands -->\n).*?(?=<!-- end -->)", re.DOTALL)
FENCE = re.compile(r"^```\w*\n(.*?)^```$", re.DOTALL | re.MULTILINE)
SPAN = re.compile(r"`(onefold [a-z][^`]*)`")
SHARED = {"--project", "--env", "--json"}
MISSING = "Not built yet."
BEHIND = {"sandbox": "the simulator's own, checked by its page"}

group: Any = typer.main.get_command(app)
COMMANDS: dict[str, Any] = {}  # those of groups by both words: `privacy export`
for _name, _command in group.commands.items():
    _inner = getattr(_command, "commands", None)
    COMMANDS |= (
        {f"{_name} {one}": it for one, it in _inner.items()} if _inner else {_name: _command}
    )


def generated() -> str:
    """Write the part of the page that the command line knows."""
    built = [_section(name) for name, one in COMMANDS.items() if not _is_missing(name, one)]
    lacking = NOT_BUILT | {
        name: one.help.removeprefix("Not built yet: ").removesuffix(".")
        for name, one in COMMANDS.items()
        if name not in NOT_BUILT and _is_missing(name, one)
    }
    missing = "".join(f"| `onefold {name}` | {text} |\n" for name, text in lacking.items())
    head = "## Not built yet\n\nThese are refused with a plain message.\n"
    return "\n".join([*built, head, f"| Command | What it will do |\n|---|---|\n{missing}"])


def _is_missing(name: str, command: Any) -> bool:
    return name in NOT_BUILT or command.help.startswith("Not built yet")


def _section(name: str) -> str:
    command = COMMANDS[name]
    arguments = [one for one in command.params if not one.opts[0].startswith("--")]
    options = [one for one in command.params if one.opts[0].startswith("--")]
    own = [one for one in options if one.opts[0] not in SHARED]
    lines = [f"## `{' '.join(['onefold', name, *map(_placed, arguments)])}`", "", command.help]
    rows = [(f"`{one.name.upper()}`", _default(one), one.help) for one in arguments]
    rows += [
        (
            ", ".join(f"`{name}`" for name in (one.opts[0], *one.secondary_opts)),
            _default(one),
            one.help,
        )
        for one in own
        if one.help != MISSING
    ]
    if rows:
        lines += ["", "| Argument or option | Default | Meaning |", "|---|---|---|"]
        lines += [f"| {' | '.join(row)} |" for row in rows]
    lacking = [f"`{one.opts[0]}`" for one in own if one.help == MISSING]
    if lacking:
        lines += ["", f"Not built yet: {', '.join(lacking)}."]
    shared = [f"`{one.opts[0]}`" for one in options if one.opts[0] in SHARED]
    if shared:
        lines += ["", f"And {', '.join(shared)}."]
    example, _, text = command.epilog.partition(": ")
    return "\n".join([*lines, "", f"{example}: {_spans(text)}", ""])


def _spans(text: str) -> str:
    return ", ".join(f"`{one}`" for one in text.split(" · "))


def _placed(argument: Any) -> str:
    name = argument.name.upper() + ("…" if argument.nargs == -1 else "")
    return name if argument.required else f"[{name}]"


def _default(one: Any) -> str:
    if one.required:
        return "required"
    is_flag = getattr(one, "is_flag", False)
    return "" if is_flag or one.default is None else f"`{one.default}`"


def test_the_page_of_commands_is_written_anew() -> None:
    found = GENERATED.search(PAGE.read_text(encoding="utf-8"))
    assert found is not None
    assert found[0] == generated(), "run: python tests/docs/test_docs_commands.py"


def test_every_command_that_pages_name_exists(pages: tuple[Path, ...]) -> None:
    named = [(page, words) for page in pages for words in _named(page.read_text("utf-8"))]
    wrong = [f"{page.name}: {' '.join(words)}" for page, words in named if _problem(words)]
    assert wrong == []
    assert len(named) > 50


def test_no_page_tells_to_type_what_is_not_built(pages: tuple[Path, ...]) -> None:
    typed = [
        f"{page.name}: {' '.join(words)}"
        for page in pages
        for fence in FENCE.findall(page.read_text("utf-8"))
        for words in _typed(fence)
        if words[0] in NOT_BUILT
    ]
    assert typed == []


def _named(text: str) -> Iterator[list[str]]:
    """Give the words behind `onefold` of every command in code blocks and code spans."""
    for fence in FENCE.findall(text):
        yield from _typed(fence)
    for span in SPAN.findall(FENCE.sub("", text)):
        yield shlex.split(span)[1:]


def _typed(fence: str) -> Iterator[list[str]]:
    for line in fence.splitlines():
        words = line.removeprefix("$ ").split()
        if words[:1] == ["onefold"] and len(words) > 1:
            yield shlex.split(line.removeprefix("$ "), comments=True)[1:]


def _problem(words: list[str]) -> str | None:
    """Say what of a command does not exist; what is in capitals stands for something."""
    name = " ".join(words[:2]) if " ".join(words[:2]) in COMMANDS else words[0]
    if name.startswith("--") or name == "COMMAND":
        return None
    if name not in COMMANDS:
        return f"no command {name}"
    parameters = COMMANDS[name].params
    known = {option for one in parameters for option in (*one.opts, *one.secondary_opts)}
    options = {word.split("=")[0] for word in words[1:] if word.startswith("--")}
    unknown = options - known - {"--help"}
    return f"no option {sorted(unknown)}" if unknown and name not in BEHIND else None


if __name__ == "__main__":
    text = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(GENERATED.sub(lambda _: generated(), text), encoding="utf-8")
