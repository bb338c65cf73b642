"""LangChain's MCP adapter: the tools that its agents get."""

import contextlib
import json

from langchain_mcp_adapters.client import MultiServerMCPClient
from langchain_mcp_adapters.tools import load_mcp_tools

import scenario


class LangChain(scenario.Client):
    cancels = "silent"

    def __init__(self, tools, protocol):
        super().__init__()
        self.by_name, self.protocol = {tool.name: tool for tool in tools}, protocol

    async def tools(self):
        return {
            name: {hint: value for hint, value in tool.metadata.items() if value is not None}
            for name, tool in self.by_name.items()
        }

    async def call(self, tool, arguments):
        call = {"type": "tool_call", "id": "1", "name": tool, "args": arguments}
        message = await self.by_name[tool].ainvoke(call)
        text = message.content[0]["text"]
        if message.status == "error":
            raise scenario.Refused(text)
        scenario.same(message.artifact["structured_content"], json.loads(text))
        return message.artifact["structured_content"]


@contextlib.asynccontextmanager
async def connect(_answer):
    server = {"transport": "stdio", "command": scenario.COMMAND, "args": [], "env": scenario.ENV}
    async with MultiServerMCPClient({"pay": server}).session("pay", auto_initialize=False) as session:
        protocol = (await session.initialize()).protocolVersion
        yield LangChain(await load_mcp_tools(session), protocol)


scenario.main(connect)
