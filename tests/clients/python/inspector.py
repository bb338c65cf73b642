"""The Inspector's command line, in the era that the command line names. Every call is a process with a server of its own."""

import asyncio
import contextlib
import json
import os
import sys

import scenario

NO_FAULT, IS_ERROR = 0, 5


class Inspector(scenario.Client):
    cancels = "never"

    async def tools(self):
        _, result = await self.run("tools/list", "--strict")
        return {tool["name"]: tool["annotations"] for tool in result["tools"]}

    async def call(self, tool, arguments):
        arguments = json.dumps(arguments)
        code, result = await self.run("tools/call", "--tool-name", tool, "--tool-args-json", arguments)
        if code == IS_ERROR:
            raise scenario.Refused(result["content"][0]["text"])
        text = json.loads(result["content"][0]["text"])
        scenario.same(result["structuredContent"], text)
        return text

    async def run(self, method, *options):
        """The exit code and the result of a method."""
        variables = [part for name, value in scenario.ENV.items() for part in ("-e", f"{name}={value}")]
        inspector = await asyncio.create_subprocess_exec(
            os.environ["INSPECTOR"], "--cli", "-q", "--format", "json", "--protocol-era", sys.argv[1],
            scenario.COMMAND, *variables, "--method", method, *options,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        out, err = await inspector.communicate()
        assert inspector.returncode in (NO_FAULT, IS_ERROR), f"exit code {inspector.returncode}: {out} {err}"
        return inspector.returncode, json.loads(out)["result"]


@contextlib.asynccontextmanager
async def connect(_answer):
    client = Inspector()
    _, about = await client.run("initialize")
    client.protocol = about["protocolVersion"]
    yield client


scenario.main(connect)
