"""The Python SDK, 2.x, in the mode that the command line names."""

import contextlib
import sys

from mcp import Client, StdioServerParameters, types

import scenario


class Sdk(scenario.Client):
    async def tools(self):
        return scenario.annotations((await self.sdk.list_tools()).tools)

    async def call(self, tool, arguments):
        result = await self.sdk.call_tool(tool, arguments)
        return scenario.order(result.is_error, result.content, result.structured_content)


@contextlib.asynccontextmanager
async def connect(answer):
    client = Sdk()

    async def open_link(_context, params):
        client.asked.append(params.url)
        return types.ElicitResult(action=answer)

    parameters = StdioServerParameters(command=scenario.COMMAND, env=scenario.ENV)
    async with Client(
        parameters, mode=sys.argv[1], elicitation_callback=open_link if answer else None
    ) as client.sdk:
        client.protocol = client.sdk.protocol_version
        yield client


scenario.main(connect)
