"""Pydantic AI's MCP toolset: what its agents list and call."""

import contextlib

from fastmcp.client.transports import StdioTransport
from pydantic_ai import ModelRetry
from pydantic_ai.mcp import MCPToolset

import scenario


class PydanticAi(scenario.Client):
    def __init__(self, toolset):
        super().__init__()
        self.toolset, self.protocol = toolset, toolset.client.protocol_version

    async def tools(self):
        return scenario.annotations(await self.toolset.list_tools())

    async def call(self, tool, arguments):
        try:
            return await self.toolset.direct_call_tool(tool, arguments)
        except ModelRetry as refusal:
            raise scenario.Refused(str(refusal)) from refusal


@contextlib.asynccontextmanager
async def connect(_answer):
    async with MCPToolset(StdioTransport(scenario.COMMAND, [], env=scenario.ENV)) as toolset:
        yield PydanticAi(toolset)


scenario.main(connect)
