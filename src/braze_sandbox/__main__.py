"""The command line: `braze-sandbox`, or `python -m braze_sandbox`."""

import sys
import time
from collections.abc import Sequence

from braze_sandbox.app import App
from braze_sandbox.currents import FolderError
from braze_sandbox.options import read_settings
from braze_sandbox.sandbox import Sandbox, complain
from braze_sandbox.server import serve
from braze_sandbox.state import StateError


def main(argv: Sequence[str] | None = None) -> int:
    """Run a sandbox until it is told to stop; returns the exit code."""
    settings = read_settings(argv)
    try:
        sandbox = Sandbox(settings, time.time)
        serve(App(sandbox), settings.host, settings.port)
        sandbox.close()
    except (FolderError, StateError) as error:
        complain(str(error))
        return 1
    except OSError as error:
        complain(
            f"can't listen on {settings.host}:{settings.port}: {error.strerror}. "
            "Is another sandbox running? Take another --port, or 0 to have one chosen."
        )
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
