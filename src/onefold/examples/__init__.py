"""Example projects that ship in the wheel: used by the demo, the tests and the docs."""
