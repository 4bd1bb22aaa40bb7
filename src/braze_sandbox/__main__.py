"""The command line: `braze-sandbox`, or `python -m braze_sandbox`."""

import sys
import time
from collections.abc import Sequence

from braze_sandbox.app import App
from braze_sandbox.options import read_settings
from braze_sandbox.sandbox import Sandbox
from braze_sandbox.server import serve


def main(argv: Sequence[str] | None = None) -> int:
    """Run a sandbox until it is told to stop; returns the exit code."""
    settings = read_settings(argv)
    sandbox = Sandbox(settings, time.time)
    try:
        serve(App(sandbox), settings.host, settings.port)
    except OSError as error:
        print(  # noqa: T201 - a command line talks
            f"braze sandbox: can't listen on {settings.host}:{settings.port}: {error.strerror}. "
            "Is another sandbox running? Take another --port, or 0 to have one chosen.",
            file=sys.stderr,
        )
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
