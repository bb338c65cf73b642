"""The OpenAI Agents SDK's MCP server over stdio."""

import contextlib

from agents.mcp import MCPServerStdio

import scenario


class OpenAiAgents(scenario.Client):
    def __init__(self, server):
        super().__init__()
        self.server, self.protocol = server, server.session.protocol_version

    async def tools(self):
        return scenario.annotations(await self.server.list_tools())

    async def call(self, tool, arguments):
        result = await self.server.call_tool(tool, arguments)
        return scenario.order(result.is_error, result.content, result.structured_content)


@contextlib.asynccontextmanager
async def connect(_answer):
    parameters = {"command": scenario.COMMAND, "args": [], "env": scenario.ENV}
    # Its default of 5 s for every call is shorter than a wait for a payment.
    async with MCPServerStdio(parameters, client_session_timeout_seconds=60) as server:
        yield OpenAiAgents(server)


scenario.main(connect)
