"""Why a clause is not proved on a chart: the step that loses, and what it does."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from rlmflow.graph.uses import uses
from rlmflow.operators._operator import ALL, NONE
from rlmflow.proof.chart import Chart, Onward, Stage, Use, name_of
from rlmflow.proof.landing import as_they_were, in_complements, in_result
from rlmflow.proof.losses import (
    Loss,
    in_its_words,
    only_shown,
    promises_no,
    says_itself,
    what_is_taken,
    would_read,
)
from rlmflow.proof.reaching import MANY, Counting, Keeping, brought, comes_through, needed_to_keep
from rlmflow.proof.reading import Reading, needed_to_read
from rlmflow.proof.spots import Spot

# What explains more, the lower: a half that is used alone says most. Of a rest of which
# something is used, the step that uses it says more.
_HALF, _HALF_IN_USE, _PART, _SOME, _NO_MODEL, _UNUSED, _UNKNOWN = range(7)


class _Found(NamedTuple):
    rank: int
    loss: Loss


class _Place(NamedTuple):
    """A spot on the way of items through a chart, and the steps that led there."""

    spot: Spot
    trail: tuple[str, ...]

    def loses(self, rank: int, use: Use, how: str, rest: Iterable[Spot] = ()) -> _Found:
        trail = (*self.trail, use.stage.label) if use.stage is not None else self.trail
        return _Found(rank, Loss(use.stage, how, trail, tuple(rest)))


Following = Callable[[Onward], list[Spot]]


def _walk(chart: Chart, spot: Spot, following: Following) -> Iterator[_Place]:
    """The spots that items reach from a spot, the nearest first."""
    waiting = deque([_Place(spot, (name_of(chart, spot),))])
    seen = {spot}
    while waiting:
        place = waiting.popleft()
        yield place
        for onward in chart.onward(place.spot):
            stage = onward.use.stage
            for other in following(onward) if stage is not None else ():
                if stage is not None and other not in seen:
                    seen.add(other)
                    waiting.append(_Place(other, (*place.trail, stage.label)))


def why_unread(chart: Chart, spot: Spot) -> Loss:
    """Why `covers` of a spot is not proved."""
    reading = Reading(chart)
    found = [_Found(_UNKNOWN, Loss(None, f"`{name_of(chart, spot)}` is shown to no model"))]
    for place in _walk(chart, spot, _where_text_goes):
        every = list(chart.uses(place.spot))
        if not every:
            found.append(_Found(_UNUSED, _unused(chart, place)))
        wholly = {id(onward.use.flow): onward for onward in chart.onward(place.spot)}
        for use in every:
            onward = wholly.get(id(use.flow))
            if onward is None:
                found.append(place.loses(_PART, use, what_is_taken(use)))
            else:
                found += _unread_by(chart, onward, place, reading)
    return min(found, key=lambda one: one.rank).loss


def _where_text_goes(onward: Onward) -> list[Spot]:
    result = as_they_were(onward)
    if result is None:
        return []
    return [*result, *in_complements(onward.use, onward.path, onward.use.feed.apart)]


def _unread_by(chart: Chart, onward: Onward, place: _Place, reading: Reading) -> Iterator[_Found]:
    use, facts = onward.use, onward.use.feed.facts
    if use.stage is None:
        yield place.loses(_NO_MODEL, use, f"{_quoted(chart, place)} is shown to no model")
    elif use.feed.promise is not None:
        yield _Found(_PART, promises_no(use, "covers", place.trail))
    elif would_read(use.stage):
        yield place.loses(_HALF, use, in_its_words(use.stage, "reads"))
    elif facts.reads is ALL:
        yield place.loses(_PART, use, only_shown(onward))
    elif result := as_they_were(onward):
        if facts.keeps is not ALL and all(map(reading, result)):
            rest = [s for s in needed_to_read(onward) or () if not reading(s)]
            tail = _tail(chart, rest, "read by no model") if rest else ""
            how = in_its_words(use.stage, "keeps") + tail
            in_use = any(any(chart.uses(spot)) for spot in rest)
            yield place.loses(_HALF_IN_USE if in_use else _HALF, use, how, rest)
    elif facts.reads is NONE and not says_itself(use.stage, "reads"):
        how = f"makes something new of {_quoted(chart, place)}, which no model is shown"
        yield place.loses(_NO_MODEL, use, how)
    else:
        yield place.loses(_SOME, use, in_its_words(use.stage, "reads"))


def _quoted(chart: Chart, place: _Place) -> str:
    return f"`{name_of(chart, place.spot)}`"


def _tail(chart: Chart, rest: list[Spot], otherwise: str) -> str:
    """How a sentence ends that says what a result does not hold."""
    left = [spot for spot in rest if any(chart.uses(spot))]
    if not left:
        return ", and the answer is made from them alone"
    return f", and `{name_of(chart, left[0])}` is {otherwise}"


def _unused(chart: Chart, place: _Place) -> Loss:
    """Why a spot that no step takes items from is not read: it may be context to some."""
    name = _quoted(chart, place)
    for stage, argument in _context(chart, place.spot):
        how = f"takes {name} for `{argument}:`, which is context and not its items"
        return Loss(stage, how, (*place.trail, stage.label))
    if place.spot.stage not in chart.stages:
        return Loss(None, f"nothing that the answer needs makes use of {name}", place.trail)
    return Loss(None, f"{name} is shown to no model", place.trail)


def _context(chart: Chart, spot: Spot) -> Iterator[tuple[Stage, str]]:
    """The stages that need what is at a spot, but not as items, and the argument it is for."""
    for stage in chart.stages.values():
        if stage.node is not None and not spot.output:
            prefix = stage.name.removesuffix(stage.node.name)
            for needed, role, argument in uses(stage.node):
                if role == "context" and prefix + needed == spot.stage:
                    yield stage, argument


def why_unkept(chart: Chart, spot: Spot) -> Loss:
    """Why `keeps` of a spot is not proved."""
    keeping = Keeping(chart)
    found = [_Found(_UNKNOWN, Loss(None, f"`{name_of(chart, spot)}` does not reach the answer"))]
    for place in _walk(chart, spot, lambda onward: in_result(onward.use, onward.path)):
        every = list(chart.uses(place.spot))
        if not every:
            how = f"{_quoted(chart, place)} does not reach the answer"
            found.append(_Found(_UNUSED, Loss(None, how, place.trail)))
        wholly = {id(onward.use.flow): onward for onward in chart.onward(place.spot)}
        for use in every:
            onward = wholly.get(id(use.flow))
            if onward is None:
                found.append(place.loses(_PART, use, what_is_taken(use)))
            else:
                found += _unkept_by(chart, onward, place, keeping)
    return min(found, key=lambda one: one.rank).loss


def _unkept_by(chart: Chart, onward: Onward, place: _Place, keeping: Keeping) -> Iterator[_Found]:
    use, facts = onward.use, onward.use.feed.facts
    if use.stage is None or facts.keeps is ALL:
        return
    if use.feed.promise is not None:
        yield _Found(_PART, promises_no(use, "keeps", place.trail))
        return
    how = in_its_words(use.stage, "keeps")
    rest = [spot for spot in needed_to_keep(onward) or () if not keeping(spot)]
    if rest and all(map(keeping, in_result(use, onward.path))):
        yield place.loses(_HALF, use, how + _tail(chart, rest, "not in the answer"), rest)
    else:
        yield place.loses(_SOME, use, how)


def why_not_once(chart: Chart, spot: Spot) -> Loss:
    """Why `once` of a spot is not proved."""
    counting = Counting(chart)
    place = _Place(spot, (name_of(chart, spot),))
    if counting(spot) == 1:
        return _by_another_way(chart, counting, place)
    while True:
        uses = [use for use in chart.uses(place.spot) if counting.by(use, place.spot)]
        if not uses:
            how = f"{_quoted(chart, place)} does not reach the answer"
            return Loss(None, how, place.trail)
        if len(uses) > 1:
            named = dict.fromkeys(_way_of(use) for use in uses[:2])
            ways = " and by ".join(named) + (" more than once" if len(named) == 1 else "")
            return Loss(None, f"{_quoted(chart, place)} reaches the answer by {ways}", place.trail)
        use = uses[0]
        following = _doubled_in(counting, use, place)
        if following is None:
            if use.feed.promise is not None:
                return promises_no(use, "once", place.trail)
            return place.loses(_SOME, use, _doubling(use)).loss
        label = use.stage.label if use.stage is not None else ""
        place = _Place(following, (*place.trail, label))


def _by_another_way(chart: Chart, counting: Counting, place: _Place) -> Loss:
    """The use of where a spot's items are from by which they reach the answer once more."""
    waiting, seen = [place.spot], {place.spot}
    while waiting:
        spot = waiting.pop(0)
        stage = chart.stages[spot.stage]
        for feed in stage.feeds:
            if not comes_through(feed, spot):
                continue
            for flow, source in brought(feed, spot):
                for use in counting.others(flow, source):
                    if counting.by(use, source):
                        named = f"`{name_of(chart, source)}`"
                        how = f"brings items of {_quoted(chart, place)} to the answer too"
                        if use.stage is None:
                            return Loss(None, f"{named} {how}", place.trail)
                        return place.loses(_PART, use, f"{how}, by {named}").loss
                if source not in seen:
                    seen.add(source)
                    waiting.append(source)
    how = f"an item may be in {_quoted(chart, place)} more than once"
    return Loss(None, how, place.trail)


def _doubled_in(counting: Counting, use: Use, place: _Place) -> Spot | None:
    """The spot of a stage's result whose items are doubled further on, if the stage is fine."""
    if use.stage is None or not use.flow.once or not use.feed.facts.once:
        return None
    path = () if use.flow.inside else place.spot.path[len(use.flow.source.path) :]
    spots = [*in_result(use, path), *in_complements(use, path, use.feed.apart)]
    return next((spot for spot in spots if counting(spot) >= MANY), None)


def _doubling(use: Use) -> str:
    if use.stage is None or not use.flow.once:
        return what_is_taken(use)
    if use.feed.facts.once and use.feed.beside:
        again = ", ".join(f"`.{name}`" for name in use.feed.beside)
        return f"lists items again in {again}, and both reach the answer"
    return in_its_words(use.stage, "once")


def _way_of(use: Use) -> str:
    return f"`{use.stage.label}`" if use.stage is not None else "itself"


def onward_to_answer(chart: Chart, loss: Loss) -> tuple[str, ...]:
    """The steps from where a clause is lost to the answer, on the shortest way."""
    if loss.stage is None:
        return ()
    waiting: deque[tuple[Stage, tuple[str, ...]]] = deque([(loss.stage, ())])
    seen = {loss.stage.name}
    while waiting:
        stage, trail = waiting.popleft()
        for output in stage.types:
            for use in chart.uses(Spot(stage.name, output)):
                if use.stage is None:
                    return trail
                if use.stage.name not in seen:
                    seen.add(use.stage.name)
                    waiting.append((use.stage, (*trail, use.stage.label)))
    return ()
