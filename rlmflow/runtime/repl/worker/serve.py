"""The worker's life: it locks itself, binds what it was given, and runs block after block."""

from __future__ import annotations

import os
import sys
import threading

from rlmflow.runtime.repl.isolation.lock import lock
from rlmflow.runtime.repl.messages import Done, Ready, Start
from rlmflow.runtime.repl.ring import Ring
from rlmflow.runtime.repl.worker.announced import Answer
from rlmflow.runtime.repl.worker.blocks import Blocks
from rlmflow.runtime.repl.worker.capture import Capture
from rlmflow.runtime.repl.worker.chance import Chance
from rlmflow.runtime.repl.worker.channel import Channel
from rlmflow.runtime.repl.worker.clock import Clock
from rlmflow.runtime.repl.worker.code_time import CodeTime
from rlmflow.runtime.repl.worker.items import ItemReader, teach_json
from rlmflow.runtime.repl.worker.mapped import read_mapped
from rlmflow.runtime.repl.worker.offered import offered


def serve(channel_fd: int, mapped_fd: int, ring_fd: int) -> None:
    """Run the blocks that come over the channel, until the host closes it."""
    time = CodeTime()
    channel = Channel(channel_fd, time)
    start = channel.read()
    assert isinstance(start, Start)
    channel.most = start.frame
    try:
        lock(start.lock)
    except OSError as error:
        channel.send(Ready(problem=str(error.strerror or error)))
        return
    output = Capture(start.output, Ring(ring_fd))
    blocks = Blocks(time, output, start.seconds)
    _bind(blocks, channel, mapped_fd)
    teach_json()
    _silence()
    _run_blocks(blocks, channel, output)


def _run_blocks(blocks: Blocks, channel: Channel, output: Capture) -> None:
    answer = Answer(blocks.namespace, channel.most // 2)
    chance, clock = Chance(), Clock(blocks.namespace)
    channel.listen()
    channel.send(Ready())
    threads = threading.active_count()
    while True:
        run = channel.blocks.get()
        if run.seed is not None:
            chance.begin(run.seed)
        clock.begin(run.readings)
        sys.stdout = sys.stderr = output
        status = blocks.run(run.number, run.code)
        said = answer.announced()
        channel.send(
            Done(
                number=run.number,
                status=status,
                output=output.taken(),
                content=said.content,
                ready=said.ready,
                problem=said.problem,
                readings=clock.recorded(),
                threads=threading.active_count() - threads,
            )
        )


def _bind(blocks: Blocks, channel: Channel, mapped_fd: int) -> None:
    """Put into the namespace what code finds there."""
    bound, texts = read_mapped(mapped_fd)
    reader = ItemReader(texts)

    def ask(name: str, /, *arguments: object, **keywords: object) -> object:
        return reader.read(channel.call(name, arguments, keywords))

    one = len(texts) == 1
    context = texts[0] if one else dict(zip(bound.documents, texts, strict=True))
    blocks.namespace.update(offered(ask, bound.steps), context=context)
    for name, value in bound.names.items():
        blocks.namespace[name] = reader.read(value)


def _silence() -> None:
    """What is written past Python's own files goes nowhere."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    for fd in (1, 2):
        os.dup2(nowhere, fd)
    os.close(nowhere)
