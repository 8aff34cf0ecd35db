"""What people are shown of a forecast: a table, what it rests on, and the same as data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from math import inf
from typing import Any

from rlmflow._lazy import heavy
from rlmflow.graph.in_words import limits_in_words
from rlmflow.graph.model import Limits
from rlmflow.models.assumed import ANY_MODEL
from rlmflow.report.figures import counted, lasting, plain_dollars
from rlmflow.runtime.forecast import Forecast, StepForecast
from rlmflow.runtime.limits import Cost
from rlmflow.runtime.planning.amount import Amount

_COLUMNS = ("calls", "tokens in", "tokens out", "USD")
_UNBOUNDED = "unbounded"
_NO_PRICE = "price unknown"


def plan_table(forecast: Forecast) -> Any:
    """Each step with its clean figures and its ceiling, and the total, as a table of rich's."""
    table = heavy("rich.table").Table(box=heavy("rich.box").SIMPLE_HEAD, pad_edge=False)
    table.add_column("step", no_wrap=True)
    table.add_column("")
    for column in _COLUMNS:
        table.add_column(column, justify="right", no_wrap=True)
    table.add_column("wave", justify="right")
    for name, step in forecast.steps.items():
        rows = list(_rows(step))
        for number, row in enumerate(rows):
            first, wave = (name, str(step.wave)) if number == 0 else ("", "")
            table.add_row(first, *row, wave, end_section=number == len(rows) - 1)
    table.add_section()
    clean, ceiling = forecast.clean, forecast.ceiling
    table.add_row("total", "clean", *_cells(clean, forecast.priced), "", style="bold")
    table.add_row("", "ceiling", *_cells(ceiling, forecast.priced), "", style="bold")
    return table


def _rows(step: StepForecast) -> Iterator[tuple[str, ...]]:
    yield "clean", *_cells(step.clean, step.priced)
    if not step.exact:
        least, most = step.calls
        yield "range", f"{_number(least)} to {_number(most)}", "", "", ""
    yield "ceiling", *_cells(step.ceiling, step.priced)


def _cells(cost: Cost | Amount, priced: bool) -> tuple[str, str, str, str]:
    usd = _UNBOUNDED if cost.usd == Decimal("Infinity") else plain_dollars(cost.usd)
    return (
        _number(cost.calls),
        _number(cost.tokens_in),
        _number(cost.tokens_out),
        usd if priced else _NO_PRICE,
    )


def _number(number: float) -> str:
    return _UNBOUNDED if number == inf else f"{number:,.0f}"


def plan_notes(forecast: Forecast, prices: tuple[str, str] | None) -> list[str]:
    """What the figures rest on, a sentence each: limits, order, time, what was chosen, prices."""
    return [
        *_bounds(forecast),
        *_ranges(forecast),
        *_order(forecast),
        *forecast.rewritten,
        *_chosen(forecast),
        *_prices(forecast, prices),
    ]


def _bounds(forecast: Forecast) -> Iterator[str]:
    open_steps = {name: step.open for name, step in forecast.steps.items() if step.open}
    words = limits_in_words(forecast.limits)
    if words:
        yield f"within {words}: a call that may pass that is not made"
    if short := too_little(forecast):
        yield short
    for name, why in open_steps.items():
        yield f"`{name}` has no bound of its own: {why}"
    for what in _unbounded(forecast.ceiling):
        yield f"the ceiling is unbounded: set --max-{what}, or {what} in `within`"
    if forecast.limits.usd is not None and not forecast.priced:
        yield "where a price is unknown, a limit in USD limits nothing"


def _unbounded(ceiling: Amount) -> Iterator[str]:
    if ceiling.calls == inf:
        yield "calls"
    if max(ceiling.tokens_in, ceiling.tokens_out) == inf:
        yield "tokens"


def _ranges(forecast: Forecast) -> Iterator[str]:
    open_ = [f"`{name}`" for name, step in forecast.steps.items() if not step.exact]
    if open_:
        names = ", ".join(open_)
        yield f"how often {names} asks depends on replies: clean is what a typical reader brings"


def _order(forecast: Forecast) -> Iterator[str]:
    if not forecast.clean.calls:
        yield "no model is asked"
        return
    if forecast.chain:
        chain = " → ".join(forecast.chain)
        yield (
            f"critical path: {counted(forecast.path, 'call')} one after the other ({chain}); at "
            f"width {forecast.width} at least {counted(forecast.rounds, 'round')} of calls"
        )
    if forecast.seconds is not None:
        yield f"at the speed that was measured of the model: about {lasting(forecast.seconds)}"


def _chosen(forecast: Forecast) -> Iterator[str]:
    for name, step in forecast.steps.items():
        role = f" as `{step.chosen.role}`" if step.chosen.role else ""
        reasons = "".join(f"; {reason}" for reason in step.chosen.reasons)
        yield f"{name}: {step.model}{role}{reasons}"


def _prices(forecast: Forecast, prices: tuple[str, str] | None) -> Iterator[str]:
    unpriced = [step for step in forecast.steps.values() if not step.priced]
    roles = dict.fromkeys(f"`{s.chosen.role}`" for s in unpriced if s.model == ANY_MODEL)
    if roles:
        yield (
            f"no model is bound to {' or '.join(roles)}: tokens are counted as OpenAI's models "
            "count them; no price"
        )
    for model in dict.fromkeys(step.model for step in unpriced if step.model != ANY_MODEL):
        yield (
            f"the price of {model} is not known: set `price = {{input = …, output = …}}`, in USD a "
            f'million tokens, under `[endpoint."{model}"]` in rlmflow.toml'
        )
    if prices and any(step.priced and step.clean.usd for step in forecast.steps.values()):
        version, day = prices
        yield f"prices: rlmflow.toml, else the table of litellm {version}, installed {day}"


def too_little(forecast: Forecast) -> str | None:
    """That the limits end a run before it is whole, where that is so; then which limits."""
    words = limits_in_words(forecast.too_small)
    if not words:
        return None
    about = "" if forecast.exact else "likely "
    return f"{about}too little for a whole run: {words}. What is known by then is kept"


def plan_data(forecast: Forecast, prices: tuple[str, str] | None) -> dict[str, Any]:
    """A forecast as JSON can hold it: what is unbounded or unknown is null."""
    return {
        "total": _both(forecast.clean, forecast.ceiling, forecast.priced),
        "exact": forecast.exact,
        "steps": [_step(name, step) for name, step in forecast.steps.items()],
        "limits": _limits(forecast.limits),
        "width": forecast.width,
        "critical_path": {"calls": forecast.path, "steps": list(forecast.chain)},
        "rounds": forecast.rounds,
        "seconds": forecast.seconds,
        "rewritten": list(forecast.rewritten),
        "prices": {"litellm": prices[0], "installed": prices[1]} if prices else None,
    }


def _step(name: str, step: StepForecast) -> dict[str, Any]:
    least, most = step.calls
    return {
        "step": name,
        "operator": step.operator,
        "strategy": step.strategy or None,
        "model": step.model,
        "role": step.chosen.role,
        "wave": step.wave,
        "exact": step.exact,
        **_both(step.clean, step.ceiling, step.priced),
        "range": {"least": _json(least), "most": _json(most)},
        "unbounded": step.open,
        "items_a_call": {"mean": round(step.chosen.items, 2), "most": step.chosen.most_items},
        "output_cap": step.chosen.output,
        "why": list(step.chosen.reasons),
    }


def _both(clean: Cost, ceiling: Amount, priced: bool) -> dict[str, Mapping[str, Any]]:
    usd = {"clean": float(clean.usd), "ceiling": _json(ceiling.usd)} if priced else {}
    return {
        "calls": {"clean": clean.calls, "ceiling": _json(ceiling.calls)},
        "tokens_in": {"clean": clean.tokens_in, "ceiling": _json(ceiling.tokens_in)},
        "tokens_out": {"clean": clean.tokens_out, "ceiling": _json(ceiling.tokens_out)},
        "usd": usd or {"clean": None, "ceiling": None},
    }


def _json(number: float | Decimal) -> int | float | None:
    if number in (inf, Decimal("Infinity")):
        return None
    return float(number) if isinstance(number, Decimal) else round(number)


def _limits(limits: Limits) -> dict[str, Any]:
    return {
        "calls": limits.calls,
        "tokens": limits.tokens,
        "usd": None if limits.usd is None else float(limits.usd),
        "minutes": None if limits.seconds is None else limits.seconds / 60,
    }
