"""The one clock of a run: every spelling of "now" and "today" becomes `:now` or `:today`."""

from __future__ import annotations

from sqlglot import exp

__all__ = ["on_run_time"]

_NOW = frozenset({"now", "get_current_timestamp", "transaction_timestamp"})
_LOCAL = exp.CurrentDatetime, exp.Localtimestamp


def on_run_time(tree: exp.Query) -> exp.Query:
    """Replace calls that read the clock by placeholders, in place; others are refused later."""
    for node in list(tree.find_all(exp.Func)):
        replacement = _replacement(node)
        if replacement is not None:
            replacement.meta.update(node.meta)
            node.replace(replacement)
    return tree


def _replacement(node: exp.Expr) -> exp.Expr | None:
    name = node.name.lower() if isinstance(node, exp.Anonymous) and not node.expressions else ""
    if isinstance(node, exp.CurrentTimestamp) or name in _NOW:
        return exp.Placeholder(this="now")
    if (isinstance(node, exp.CurrentDate) and not node.this) or name == "today":
        return exp.Placeholder(this="today")
    if isinstance(node, _LOCAL) and not node.this:
        return exp.cast(exp.Placeholder(this="now"), exp.DataType.Type.TIMESTAMP)
    return None
