"""Any OpenAI-compatible endpoint, directly over aiohttp."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from json.encoder import encode_basestring_ascii as quoted
from urllib.request import getproxies, proxy_bypass

import aiohttp
from yarl import URL

from rlmflow.models._protocol import Message, ModelFailure, Price, Rate, Reply, Request, Tool
from rlmflow.models.broken import broken
from rlmflow.models.completion import read_body
from rlmflow.models.failures import Problem, of_status, read_problem, retry_after, shorten
from rlmflow.models.openai_form import as_openai, tool_as_openai
from rlmflow.models.token_bounds import byte_bound
from rlmflow.models.truncation import Bound, whole, words_bound

log = logging.getLogger("rlmflow.models")

# A body beyond this is no reply to anything we ask, and would only fill the memory.
MAX_BODY_BYTES = 64 * 1024 * 1024

# Fields that an endpoint may refuse, with the words by which its refusal names them.
_OPTIONAL = {
    "response_format": ("response_format", "json_schema", "json schema", "grammar", "structured"),
    "temperature": ("temperature",),
    "seed": ("seed",),
    "max_tokens": ("max_tokens", "max_completion_tokens"),
    "tool_choice": ("tool_choice",),
}


class OpenAIEndpoint:
    """A model behind `URL/chat/completions`.

    One connection pool without a limit of its own: how many calls are in flight is
    the caller's affair. Sample 0 is asked at temperature 0; sample n at 0.7 with
    seed n. A field that the endpoint refuses is left out from then on; if that is
    the schema, `structured` becomes False, and calls that were already made with
    a schema carry it as text.

    `refuses` names fields known not to be taken. `timeout` bounds one call,
    `connect_timeout` its connection, both in seconds. `extra` are further fields of
    the body. The key is held here and shown nowhere. `least`: the fewest
    tokens of a prompt; an endpoint that says it read fewer has cut it.
    """

    def __init__(
        self,
        url: str,
        model: str,
        *,
        key: str | None = None,
        name: str | None = None,
        price: Price | None = None,
        window: int | None = None,
        refuses: Iterable[str] = (),
        timeout: float = 600.0,
        connect_timeout: float = 10.0,
        extra: Mapping[str, object] | None = None,
        count: Callable[[Sequence[Message]], int] = byte_bound,
        least: Bound = words_bound,
    ) -> None:
        base = URL(url)
        self._url = (base / "chat/completions").with_query(base.query)
        self.name = name or f"{url}#{model}"
        self.window = window
        self.price = price
        self._secrets = (key,) if key else ()
        self._timeout = timeout
        self._connect_timeout = connect_timeout
        self._count = count
        self._least = least
        self._refused = set(refuses)
        self._settings = json.dumps(extra or {}, sort_keys=True)
        self._head = json.dumps({"model": model, **(extra or {})})[:-1] + ',"messages":['
        self._written: dict[int, tuple[object, str]] = {}
        self.tools = True
        self._session: aiohttp.ClientSession | None = None

    def __repr__(self) -> str:
        return f"OpenAIEndpoint({self.name!r})"

    @property
    def identity(self) -> str:
        return f"{self.name} {self._settings}"

    @property
    def structured(self) -> bool:
        return "response_format" not in self._refused

    @property
    def small(self) -> bool:
        return False

    @property
    def rate(self) -> Rate | None:
        return None

    def count_tokens(self, messages: Sequence[Message]) -> int:
        return self._count(messages)

    async def open(self) -> None:
        headers = {"Content-Type": "application/json", "Accept-Encoding": "identity"}
        if self._secrets:
            headers["Authorization"] = f"Bearer {self._secrets[0]}"
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0),
            cookie_jar=aiohttp.DummyCookieJar(),
            headers=headers,
            timeout=aiohttp.ClientTimeout(total=self._timeout, connect=self._connect_timeout),
            proxy=_proxy(self._url),
        )

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def complete(self, request: Request) -> Reply:
        was_structured = self.structured
        while True:
            schema_as_text = was_structured and not self.structured
            sent = self._refused.copy()
            status, headers, body = await self._post(self._body(request, schema_as_text))
            if status == 200:
                return whole(request, read_body(body, self._secrets), self._least)
            problem = read_problem(body.decode("utf-8", "replace"))
            after = retry_after(headers)
            failure = of_status(status, problem, after=after, secrets=self._secrets)
            if failure.kind != "other" or not self._leave_out(problem, request, sent):
                raise self._without_tools(failure, problem, request) from None

    def _body(self, request: Request, schema_as_text: bool) -> bytes:
        """The JSON of a request, put together by hand: this is on the path of every call."""
        refused = self._refused
        messages = ",".join([_message(m) for m in request.messages])
        parts = [self._head, messages]
        if request.schema is not None and schema_as_text:
            parts.append(',{"role":"user","content":' + quoted(_in_words(request.schema)) + "}")
        cap = "max_completion_tokens" if "max_tokens" in refused else "max_tokens"
        parts.append(f'],"{cap}":{request.max_output}')
        if "temperature" not in refused:
            parts.append(',"temperature":0.7' if request.sample else ',"temperature":0')
        if request.sample and "seed" not in refused:
            parts.append(f',"seed":{request.sample}')
        if request.schema is not None and "response_format" not in refused:
            parts.append(self._format(request.schema))
        if request.tools:
            parts.append(self._tools(request.tools))
            if request.tool_choice == "none" and "tool_choice" not in refused:
                parts.append(',"tool_choice":"none"')
        parts.append("}")
        return "".join(parts).encode("ascii")

    def _format(self, schema: Mapping[str, object]) -> str:
        """The `response_format` field."""

        def write() -> str:
            shape = {"name": "reply", "strict": True, "schema": schema}
            made = {"type": "json_schema", "json_schema": shape}
            return f',"response_format":{json.dumps(made)}'

        return self._once(schema, write)

    def _tools(self, tools: Sequence[Tool]) -> str:
        return self._once(
            tools, lambda: f',"tools":{json.dumps([tool_as_openai(tool) for tool in tools])}'
        )

    def _once(self, value: object, write: Callable[[], str]) -> str:
        """What is written for a value; kept, since a step asks with the same one many times."""
        kept = self._written.get(id(value))
        if kept is None:
            if len(self._written) >= 64:
                self._written.clear()
            kept = self._written[id(value)] = (value, write())
        return kept[1]

    async def _post(self, body: bytes) -> tuple[int, Mapping[str, str], bytes]:
        if self._session is None:
            raise RuntimeError(f"{self.name} was not opened")
        try:
            async with self._session.post(self._url, data=body, allow_redirects=False) as response:
                return response.status, response.headers, await _read(response)
        except aiohttp.ConnectionTimeoutError:
            message = f"no connection within {self._connect_timeout:g} s"
            raise ModelFailure("unreachable", message, again=True) from None
        except TimeoutError:
            message = f"no reply within {self._timeout:g} s"
            raise ModelFailure("timeout", message, again=True) from None
        except (aiohttp.ClientError, OSError) as error:
            raise broken(error, self._url) from None

    def _leave_out(self, problem: Problem, request: Request, refused: set[str]) -> bool:
        """Whether the endpoint refused an optional field that was sent; it is remembered."""
        words = (problem.parameter or problem.words).lower()
        sent = {"temperature", "max_tokens"} - refused
        if request.sample:
            sent |= {"seed"} - refused
        if request.schema is not None:
            sent |= {"response_format"} - refused
        if request.tools and request.tool_choice == "none":
            sent |= {"tool_choice"} - refused
        for field in sent:
            if any(word in words for word in _OPTIONAL[field]):
                if field not in self._refused:
                    self._refused.add(field)
                    said = shorten(problem.message, self._secrets)
                    log.warning("%s does not take %s, asking without: %s", self.name, field, said)
                return True
        return False

    def _without_tools(
        self, failure: ModelFailure, problem: Problem, request: Request
    ) -> ModelFailure:
        """The failure, or that there are no tools here, where it is about them."""
        if failure.kind != "other" or not request.tools or "tool" not in problem.words.lower():
            return failure
        self.tools = False
        said = shorten(problem.message, self._secrets)
        message = f"{self.name} takes no tools: {said}"
        return ModelFailure("no-tools", message, again=False, usage=failure.usage)


def _message(message: Message) -> str:
    if not message.tool_calls and not message.answers:
        return f'{{"role":"{message.role}","content":{quoted(message.content)}}}'
    return json.dumps(as_openai(message))


async def _read(response: aiohttp.ClientResponse) -> bytes:
    length = response.content_length
    if length is not None and length <= MAX_BODY_BYTES:
        return await response.read()
    body = bytearray()
    async for piece in response.content.iter_any():
        body += piece
        if len(body) > MAX_BODY_BYTES:
            message = f"the endpoint sent more than {MAX_BODY_BYTES >> 20} MB"
            raise ModelFailure("malformed", message, again=True)
    return bytes(body)


def _in_words(schema: Mapping[str, object]) -> str:
    return f"Reply with JSON alone, which fits this JSON Schema:\n{json.dumps(schema)}"


def _proxy(url: URL) -> str | None:
    """The proxy that the environment asks for, looked up once and not for each call."""
    host = url.host or ""
    try:
        bypassed = proxy_bypass(host)
    except OSError:
        bypassed = False
    return None if bypassed or host in _LOOPBACK else getproxies().get(url.scheme)


_LOOPBACK = ("localhost", "127.0.0.1", "::1")
