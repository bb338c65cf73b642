"""FastMCP's client, in the mode that the command line names."""

import contextlib
import sys

from fastmcp import Client
from fastmcp.client.transports import StdioTransport

import scenario


class FastMcp(scenario.Client):
    def __init__(self, fastmcp):
        super().__init__()
        self.fastmcp, self.protocol = fastmcp, fastmcp.protocol_version

    async def tools(self):
        return scenario.annotations(await self.fastmcp.list_tools())

    async def call(self, tool, arguments):
        result = await self.fastmcp.call_tool(tool, arguments, raise_on_error=False)
        return scenario.order(result.is_error, result.content, result.structured_content)


@contextlib.asynccontextmanager
async def connect(_answer):
    transport = StdioTransport(scenario.COMMAND, [], env=scenario.ENV)
    async with Client(transport, mode=sys.argv[1]) as fastmcp:
        yield FastMcp(fastmcp)


scenario.main(connect)
