"""The Python SDK, 1.x."""

import contextlib

from mcp import ClientSession, StdioServerParameters, stdio_client, types

import scenario


class Sdk(scenario.Client):
    def __init__(self, session, protocol):
        super().__init__()
        self.session, self.protocol = session, protocol

    async def tools(self):
        return scenario.annotations((await self.session.list_tools()).tools)

    async def call(self, tool, arguments):
        self.request = self.session._request_id
        result = await self.session.call_tool(tool, arguments)
        return scenario.order(result.isError, result.content, result.structuredContent)

    async def cancel(self, call):
        # This SDK leaves it to its user to tell the server.
        params = types.CancelledNotificationParams(requestId=self.request, reason="test")
        await self.session.send_notification(types.ClientNotification(types.CancelledNotification(params=params)))
        call.cancel()


@contextlib.asynccontextmanager
async def connect(answer):
    async def open_link(_context, params):
        client.asked.append(params.url)
        return types.ElicitResult(action=answer)

    parameters = StdioServerParameters(command=scenario.COMMAND, env=scenario.ENV)
    async with (
        stdio_client(parameters) as streams,
        ClientSession(*streams, elicitation_callback=open_link if answer else None) as session,
    ):
        client = Sdk(session, (await session.initialize()).protocolVersion)
        yield client


scenario.main(connect)
