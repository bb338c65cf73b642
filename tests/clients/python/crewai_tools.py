"""CrewAI: the tools that an agent gets by `mcps=`. Every call is a process of its own."""

import asyncio
import contextlib
import json
import os
import tempfile

home = tempfile.TemporaryDirectory()
os.environ |= {"CREWAI_DISABLE_TELEMETRY": "true", "OTEL_SDK_DISABLED": "true", "HOME": home.name}

from crewai.mcp import MCPServerStdio, MCPToolResolver  # noqa: E402
from crewai.tools.tool_failure import detect_tool_failure  # noqa: E402
from crewai.utilities.logger import Logger  # noqa: E402
from mcp.types import LATEST_PROTOCOL_VERSION  # noqa: E402

import scenario  # noqa: E402


class CrewAi(scenario.Client):
    protocol, cancels, hints = LATEST_PROTOCOL_VERSION, "each", False

    def __init__(self, tools):
        super().__init__()
        self.by_name = {tool.original_tool_name: tool for tool in tools}

    async def tools(self):
        return dict.fromkeys(self.by_name)

    async def call(self, tool, arguments):
        text = await asyncio.to_thread(self.by_name[tool].run, **arguments)
        if failure := detect_tool_failure(text):
            raise scenario.Refused(failure.message)
        return json.loads(text)


@contextlib.asynccontextmanager
async def connect(_answer):
    resolver = MCPToolResolver(agent=None, logger=Logger())
    server = MCPServerStdio(command=scenario.COMMAND, env=scenario.ENV)
    tools = await asyncio.to_thread(resolver.resolve, [server])
    yield CrewAi(tools)
    resolver.cleanup()


scenario.main(connect)
