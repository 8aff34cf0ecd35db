"""What a step says in each of its messages, and how its calls go, from a run of it or at most."""

from __future__ import annotations

from rlmflow import template
from rlmflow.models._protocol import Model
from rlmflow.models.token_bounds import tool_tokens
from rlmflow.operators._frame import item_frame_bytes
from rlmflow.operators._most import Count, NotKnown
from rlmflow.runtime.calling import Repeats
from rlmflow.runtime.planning.asking import Conversation, Tools, Words
from rlmflow.runtime.planning.given import CallGiven
from rlmflow.runtime.planning.sizes import NOTHING_KNOWN, Names, size_of, stays_certain
from rlmflow.runtime.running import StepMade


def conversation(given: CallGiven, model: Model, place: int) -> Conversation:
    """How the calls of a step go. Raises `NotKnown` where that is open."""
    run, names = given.made, given.names
    asker = run.step.asker if run is not None else None
    words = Words(_prompt(given, names, run), _context(given, names), place)
    if asker is not None and _knobs_are_certain(given, names):
        votes, most, repeats = asker.votes, asker.max_output, asker.caller.repeats
    else:
        retries = Repeats(given.knob("retries"), pinned=given.call.has("retries"))
        votes, most, repeats = int(given.knob("votes")), given.max_output, retries
    return Conversation(model, words, votes, repeats, most, _tools(given, run))


def _knobs_are_certain(given: CallGiven, names: Names) -> bool:
    knobs = (given.call.arguments.get(name) for name in ("votes", "max_output", "retries"))
    return all(stays_certain(knob.written, names) for knob in knobs if knob is not None)


def _prompt(given: CallGiven, names: Names, run: StepMade | None) -> Count:
    """A prompt with what is put into it. Raises `NotKnown` where a template does more."""
    prompt = given.call.prompt
    if prompt is None:
        return 0
    told = [names.get(name, NOTHING_KNOWN) for name in template.names(prompt.value)]
    if run is not None and all(known.certain for known in told):
        return len(run.step.prompt.encode(errors="surrogatepass"))
    places = template.plain_places(prompt.value)
    if places is None:
        raise NotKnown("what its prompt says")
    values = sum(names.get(name, NOTHING_KNOWN).size.total for name in places)
    return len(prompt.value.encode(errors="surrogatepass")) + values


def _context(given: CallGiven, names: Names) -> Count:
    also = given.call.arguments.get("also")
    if also is None:
        return 0
    size = size_of(also.written, names, also.type).size
    return size.total + size.items * item_frame_bytes(0) if size.items else 0


def _tools(given: CallGiven, run: StepMade | None) -> Tools | None:
    if not given.call.tools:
        return None
    use = run.step.asker.tools if run is not None and run.step.asker else None
    if use is None:
        raise NotKnown("what its tools are")
    return Tools(tool_tokens(use.told), use.most_tokens)
