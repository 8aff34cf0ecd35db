"""Messages and tools in the form of the OpenAI protocol, which litellm takes too."""

from __future__ import annotations

from rlmflow.models._protocol import Message, Tool


def as_openai(message: Message) -> dict[str, object]:
    """A message, with the calls that it makes or the one that it answers."""
    made: dict[str, object] = {"role": message.role, "content": message.content}
    if message.tool_calls:
        made["content"] = message.content or None
        made["tool_calls"] = [
            {
                "id": call.id,
                "type": "function",
                "function": {"name": call.name, "arguments": call.arguments},
            }
            for call in message.tool_calls
        ]
    if message.answers:
        made["tool_call_id"] = message.answers
    return made


def tool_as_openai(tool: Tool) -> dict[str, object]:
    """A tool that the model may call."""
    described = {
        "name": tool.name,
        "description": tool.description,
        "parameters": tool.parameters,
    }
    return {"type": "function", "function": described}
