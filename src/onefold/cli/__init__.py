"""The command line: one of two front doors over the use cases of `onefold.app`.

stdout is data (`--json` everywhere), stderr is talk and progress. Exit codes: 0 done, 1 refused or
failed, 2 usage, 3 done with rejected rows. No rule of the product lives here.
"""

from onefold.cli.main import main

__all__ = ["main"]
