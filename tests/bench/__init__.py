"""The measurements behind docs/performance.md: ``python -m tests.bench`` prints them as JSON lines.

Each compares the bridge with something bare, measured in the same run and by turns, since machines
differ and are rarely quiet. Everything stays on loopback.
"""
