"""The package can be imported, and knows its version as the wheel states it."""

from importlib.metadata import version

import onefold


def test_the_version_is_the_wheels() -> None:
    assert onefold.__version__ == version("onefold")
