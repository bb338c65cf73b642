"""The streaming APIs of models, as far as a scripted model needs them: a class each, with the same functions.

`tools` has what a request offers, by name, as `call` wants it; `answers` has what came back of earlier calls, by their ids.
`search` looks for tools that a host holds back; `call` makes a call; `say` ends the turn. Those three make events.
"""

import json


def text_of(content):
    """The text of a content: a text, or blocks, of which some are one."""
    if isinstance(content, str):
        return content
    return "\n".join(block.get("text") or f"[{block['type']}]" for block in content or [])


class Responses:
    """OpenAI's responses: tools lie in namespaces, and some are written in JavaScript."""

    path = r"/v1/responses"
    scripts = "exec"
    """The tool that runs JavaScript, which has the other tools as functions (Codex' "code mode")."""

    def tools(self, request):
        """The tools of the request; those of code mode are known once they were listed."""
        listed = list(request.get("tools", []))
        for item in request["input"]:
            listed += item.get("tools", []) if item["type"] == "additional_tools" else []
        tools = {}
        for tool in listed:
            for inner in tool.get("tools", [tool]):
                space = {"namespace": tool["name"]} if "tools" in tool else {}
                tools[inner.get("name", inner["type"])] = {"name": inner.get("name"), **space}
        for listing in self.answers(request).get("search", "").splitlines():
            if listing.startswith("tool "):
                name = listing.removeprefix("tool ")
                tools[name] = {"function": name}
        return tools

    def answers(self, request):
        kinds = ("function_call_output", "custom_tool_call_output")
        return {item["call_id"]: text_of(item["output"]) for item in request["input"] if item["type"] in kinds}

    def search(self, tools, word):
        if self.scripts not in tools:
            return None
        found = f"ALL_TOOLS.filter(({{ name }}) => name.includes({json.dumps(word)}))"
        return self.script("search", f"for (const {{ name }} of {found}) text(`tool ${{name}}\\n`);")

    def call(self, call_id, tool, arguments):
        arguments = json.dumps(arguments)
        if "function" in tool:
            return self.script(call_id, f"text(await tools.{tool['function']}({arguments}));")
        return self.item({"type": "function_call", "call_id": call_id, **tool, "arguments": arguments})

    def script(self, call_id, script):
        return self.item({"type": "custom_tool_call", "call_id": call_id, "name": self.scripts, "input": script})

    def say(self, text):
        content = [{"type": "output_text", "text": text}]
        return self.item({"type": "message", "role": "assistant", "id": "message", "content": content})

    def item(self, item):
        usage = {"input_tokens": 1, "output_tokens": 1, "total_tokens": 2}
        for event in (
            {"type": "response.created", "response": {"id": "response"}},
            {"type": "response.output_item.done", "output_index": 0, "item": item},
            {"type": "response.completed", "response": {"id": "response", "usage": usage}},
        ):
            yield event["type"], event


class Completions:
    """OpenAI's chat completions."""

    path = r"/v1/chat/completions"

    def tools(self, request):
        names = [tool["function"]["name"] for tool in request.get("tools", [])]
        return {name: name for name in names}

    def answers(self, request):
        return {
            message["tool_call_id"]: text_of(message["content"])
            for message in request["messages"]
            if message["role"] == "tool"
        }

    def search(self, _tools, _word):
        return None

    def call(self, call_id, tool, arguments):
        function = {"name": tool, "arguments": json.dumps(arguments)}
        call = {"index": 0, "id": call_id, "type": "function", "function": function}
        return self.chunks({"role": "assistant", "content": None, "tool_calls": [call]}, "tool_calls")

    def say(self, text):
        return self.chunks({"role": "assistant", "content": text}, "stop")

    def chunks(self, delta, reason):
        completion = {"id": "completion", "object": "chat.completion.chunk", "created": 1, "model": "scripted"}
        for choice in ({"delta": delta, "finish_reason": None}, {"delta": {}, "finish_reason": reason}):
            yield None, {**completion, "choices": [{"index": 0, **choice}]}
        yield None, "[DONE]"


class Messages:
    """Anthropic's messages."""

    path = r"/v1/messages(\?.*)?"
    searches = "ToolSearch"
    """The tool that loads what a host holds back."""

    def tools(self, request):
        return {tool["name"]: tool["name"] for tool in request.get("tools", [])}

    def answers(self, request):
        return {
            block["tool_use_id"]: text_of(block["content"])
            for message in request["messages"]
            if message["role"] == "user" and isinstance(message["content"], list)
            for block in message["content"]
            if block["type"] == "tool_result"
        }

    def search(self, tools, word):
        return self.call("search", self.searches, {"query": word}) if self.searches in tools else None

    def call(self, call_id, tool, arguments):
        use = {"type": "tool_use", "id": call_id, "name": tool, "input": {}}
        return self.block(use, {"type": "input_json_delta", "partial_json": json.dumps(arguments)}, "tool_use")

    def say(self, text):
        return self.block({"type": "text", "text": ""}, {"type": "text_delta", "text": text}, "end_turn")

    def block(self, block, delta, reason):
        usage = {"input_tokens": 1, "output_tokens": 1}
        message = {"id": "message", "type": "message", "role": "assistant", "model": "scripted", "content": []}
        for event in (
            {"type": "message_start", "message": {**message, "stop_reason": None, "usage": usage}},
            {"type": "content_block_start", "index": 0, "content_block": block},
            {"type": "content_block_delta", "index": 0, "delta": delta},
            {"type": "content_block_stop", "index": 0},
            {"type": "message_delta", "delta": {"stop_reason": reason}, "usage": usage},
            {"type": "message_stop"},
        ):
            yield event["type"], event


class GenerateContent:
    """Google's generateContent."""

    path = r"/v1beta/models/[^/]+:streamGenerateContent\?alt=sse"

    def tools(self, request):
        names = [
            function["name"] for tool in request.get("tools", []) for function in tool.get("functionDeclarations", [])
        ]
        return {name: name for name in names}

    def answers(self, request):
        parts = [part for content in request["contents"] for part in content["parts"]]
        responses = [part["functionResponse"] for part in parts if "functionResponse" in part]
        return {response["id"]: "\n".join(map(str, response["response"].values())) for response in responses}

    def search(self, _tools, _word):
        return None

    def call(self, call_id, tool, arguments):
        return self.part({"functionCall": {"id": call_id, "name": tool, "args": arguments}})

    def say(self, text):
        return self.part({"text": text})

    def part(self, part):
        candidate = {"index": 0, "content": {"role": "model", "parts": [part]}, "finishReason": "STOP"}
        usage = {"promptTokenCount": 1, "candidatesTokenCount": 1, "totalTokenCount": 2}
        yield None, {"candidates": [candidate], "usageMetadata": usage}


DIALECTS = [Responses(), Completions(), Messages(), GenerateContent()]
