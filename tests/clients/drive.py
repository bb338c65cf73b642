"""Runs the clients, each against a sandbox of its own, and tells what came of it. Called by `run`."""

import concurrent.futures
import contextlib
import dataclasses
import json
import os
import re
import subprocess
import sys
import tomllib

HERE = os.path.dirname(os.path.abspath(__file__))
SERVER, INSTALLED = os.environ["SERVER"], os.environ["INSTALLED"]
NODE = os.path.join(INSTALLED, "node")

AT_ONCE = 3
"""How many clients run at the same time: they mostly wait."""


@dataclasses.dataclass
class Run:
    """A client, how it is asked to connect, and what came of it."""

    name: str
    package: str
    folder: str
    script: str
    mode: str = ""
    answer: str = ""
    """What the client answers when it is asked to open a link."""

    version: str = ""
    protocol: str = ""
    cancels: str = ""
    stderr: str = ""
    checks: dict = dataclasses.field(default_factory=dict)
    """Why a check failed, or None, by its name."""

    def play(self):
        try:
            self.version = self.installed_version()
            with sandbox() as platform:
                client = subprocess.run(
                    self.command(), env=self.environment(platform), capture_output=True, text=True, timeout=120
                )
        except (OSError, subprocess.SubprocessError) as failure:
            self.checks["runs"] = str(failure)
            return self
        for fact in (json.loads(line) for line in client.stdout.splitlines() if line.startswith("{")):
            if "check" in fact:
                self.checks[fact["check"]] = fact["failure"]
            else:
                self.protocol, self.cancels = fact["protocol"], fact["cancels"]
        # The clients pass the server's log on to their stderr.
        if self.cancels == "told" and "is_cancelled" in self.checks:
            told = client.stderr.count("tool call cancelled")
            self.checks["tells_of_cancelling"] = None if told == 1 else f"the server heard of it {told} times"
        if client.returncode != 0:
            self.checks["ends_well"] = f"exit code {client.returncode}"
        self.stderr = client.stderr
        return self

    def command(self):
        words = [self.python(), os.path.join(HERE, "python", self.script)]
        if self.script.endswith(".mjs"):
            words = ["node", os.path.join(NODE, self.script)]
        if self.folder == "rust":
            words = [os.path.join(INSTALLED, "rust", "debug", self.script)]
        return [*words, self.mode] if self.mode else words

    def environment(self, platform):
        return {
            **os.environ,
            **platform,
            "EXPECTED": os.path.join(HERE, "expected.json"),
            "INSPECTOR": os.path.join(NODE, "node_modules", ".bin", "mcp-inspector"),
            "ELICITATION": self.answer,
        }

    def python(self):
        return os.path.join(INSTALLED, self.folder, "bin", "python")

    def installed_version(self):
        if self.folder == "rust":
            with open(os.path.join(HERE, "rust", "Cargo.lock"), "rb") as file:
                packages = tomllib.load(file)["package"]
            return next(package["version"] for package in packages if package["name"] == self.package)
        if self.package.startswith("@"):
            with open(os.path.join(NODE, "node_modules", self.package, "package.json"), encoding="utf-8") as file:
                return json.load(file)["version"]
        ask = f"import importlib.metadata as installed; print(installed.version('{self.package}'))"
        return subprocess.run([self.python(), "-c", ask], check=True, capture_output=True, text=True).stdout.strip()

    def failed(self):
        return [check for check, failure in self.checks.items() if failure]

    def row(self):
        notes = {
            "silent": "tells the server nothing when it cancels",
            "never": "cannot cancel",
            "each": "starts a server for every call",
        }
        mode = ", ".join(filter(None, [self.mode, self.answer and f"link: {self.answer}"])) or "default"
        passed = f"{len(self.checks) - len(self.failed())} of {len(self.checks)}"
        return f"| {self.name} | {self.version} | {mode} | {self.protocol} | {passed} | {notes.get(self.cancels, '')} |"


MODES = ["legacy", "auto", "2026-07-28"]
RUNS = [
    Run("Python `mcp` 1.x", "mcp", "mcp-1", "mcp_1.py"),
    *(Run("Python `mcp` 2.x", "mcp", "mcp-2", "mcp_2.py", mode) for mode in MODES),
    Run("`@modelcontextprotocol/sdk` 1.x", "@modelcontextprotocol/sdk", "node", "sdk-1.mjs"),
    *(
        Run("`@modelcontextprotocol/client` 2.x", "@modelcontextprotocol/client", "node", "sdk-2.mjs", mode)
        for mode in MODES
    ),
    *(
        Run("Inspector CLI, `--strict`", "@modelcontextprotocol/inspector", "mcp-2", "inspector.py", mode)
        for mode in ["legacy", "modern"]
    ),
    *(Run("FastMCP, `fastmcp-slim`", "fastmcp-slim", "mcp-2", "fastmcp_client.py", mode) for mode in MODES),
    Run("Pydantic AI, `pydantic-ai-slim`", "pydantic-ai-slim", "mcp-2", "pydantic_ai_toolset.py"),
    Run("LangChain, `langchain-mcp-adapters`", "langchain-mcp-adapters", "mcp-1", "langchain_adapter.py"),
    Run("OpenAI Agents, `openai-agents`", "openai-agents", "mcp-2", "openai_agents.py"),
    Run("smolagents", "smolagents", "mcp-1", "smolagents_tools.py"),
    Run("LlamaIndex, `llama-index-tools-mcp`", "llama-index-tools-mcp", "mcp-2", "llama_index_tools.py"),
    Run("CrewAI, `crewai`", "crewai", "crewai", "crewai_tools.py"),
    Run("Vercel AI SDK, `@ai-sdk/mcp`", "@ai-sdk/mcp", "node", "ai-sdk.mjs"),
    Run("`rust-mcp-sdk`", "rust-mcp-sdk", "rust", "client"),
]

# Clients that can open a link for the person are run as such too.
OPENS_LINKS = ["mcp_1.py", "mcp_2.py", "sdk-1.mjs", "sdk-2.mjs"]
RUNS += [
    dataclasses.replace(run, answer=answer, checks={})
    for run in RUNS
    if run.script in OPENS_LINKS
    for answer in ["accept", "decline"]
]


@contextlib.contextmanager
def sandbox():
    """A sandbox of its own, as the variables that make the server use it."""
    with subprocess.Popen([SERVER, "sandbox", "--port", "0"], stdout=subprocess.PIPE, text=True) as process:
        try:
            variables = {}
            for line in process.stdout:
                if found := re.search(r"on (http://\S+)", line):
                    variables.setdefault("PLATFORM_API_BASE_URL", found[1])
                if found := re.match(r"Token +(\S+)", line):
                    variables["ACEDATACLOUD_PLATFORM_TOKEN"] = found[1]
                    break
            yield variables
        finally:
            process.terminate()


def main():
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        for run in pool.map(Run.play, RUNS):
            print(f"\n{' '.join(filter(None, [run.name, run.version, run.mode, run.answer]))}: MCP {run.protocol or '?'}")
            for check, failure in run.checks.items():
                print(f"  {'FAILED' if failure else 'ok    '} {check.replace('_', ' ')}{f': {failure}' if failure else ''}")
            if run.failed():
                print(run.stderr)

    head = ["| Client | Version | Mode | MCP | Checks | |", "|---|---|---|---|---|---|"]
    table = "\n".join(head + [run.row() for run in RUNS]) + "\n"
    with open(os.path.join(HERE, "..", "..", "docs", "figures.md"), encoding="utf-8") as file:
        up_to_date = table in file.read()
    print(f"\n{table}\n{'ok    ' if up_to_date else 'FAILED'} `docs/figures.md` has this table")

    failed = sum(len(run.failed()) for run in RUNS) + (not up_to_date)
    passed = sum(len(run.checks) for run in RUNS) + 1 - failed
    with open(os.environ["TALLY"], "a", encoding="utf-8") as file:
        print(passed, failed, file=file)
    return 1 if failed else 0


sys.exit(main())
