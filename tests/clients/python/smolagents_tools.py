"""smolagents: its tools, called by the rules that its agents keep. It has no result but the first text, of an error too."""

import asyncio
import contextlib
import json

from mcp import StdioServerParameters
from mcp.types import LATEST_PROTOCOL_VERSION
from smolagents import MCPClient
from smolagents.tools import validate_tool_arguments

import scenario


class Smolagents(scenario.Client):
    protocol, cancels, hints = LATEST_PROTOCOL_VERSION, "never", False

    def __init__(self, tools):
        super().__init__()
        self.by_name = {tool.name: tool for tool in tools}

    async def tools(self):
        return dict.fromkeys(self.by_name)

    async def call(self, tool, arguments):
        validate_tool_arguments(self.by_name[tool], arguments)
        text = await asyncio.to_thread(self.by_name[tool], **arguments)
        try:
            order = json.loads(text)
        except json.JSONDecodeError as sentence:
            raise scenario.Refused(text) from sentence
        if "error" in order:
            raise scenario.Refused(text)
        return order


@contextlib.asynccontextmanager
async def connect(_answer):
    parameters = StdioServerParameters(command=scenario.COMMAND, env=scenario.ENV)
    with MCPClient(parameters, structured_output=False) as tools:
        yield Smolagents(tools)


scenario.main(connect)
