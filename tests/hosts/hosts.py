"""The hosts: how each is told of the server and of the model, and started for a conversation without a person."""

import dataclasses
import json
import os
import platform
import shutil

INSTALLED = os.environ["INSTALLED"]
MODULES = os.path.join(INSTALLED, "node_modules")
CPU = {"x86_64": "x64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())

PORT = 8000
MODEL = f"http://127.0.0.1:{PORT}"
"""The scripted model: each conversation has a network of its own, so the port is free."""
PROMPT = "Pay my order."
PATH = os.pathsep.join([os.path.dirname(shutil.which("node")), "/usr/bin", "/bin"])


@dataclasses.dataclass
class Plan:
    """What is run in a home of its own. Paths of files are below that home."""

    command: list
    environment: dict
    """Besides a home and so on, which every host gets."""
    files: dict = dataclasses.field(default_factory=dict)
    before: str = ""
    """A command line that is run first."""


class Host:
    """An assistant program: what people call it, npm's package, and its word for `config`."""

    name = package = client = ""
    mode = ""
    """What is special when it is run in more than one way."""

    def plan(self, server, printed):
        """The plan for a server of this name, with the configuration that `config` printed for it."""
        raise NotImplementedError

    def version(self):
        with open(os.path.join(MODULES, self.package, "package.json"), encoding="utf-8") as file:
            return json.load(file)["version"]

    def called(self):
        return ", ".join(filter(None, [self.name, self.mode]))


class GeminiCli(Host):
    name, package, client = "Gemini CLI", "@google/gemini-cli", "gemini-cli"

    def plan(self, _server, printed):
        settings = {**json.loads(printed), "security": {"auth": {"selectedType": "gemini-api-key"}}}
        return Plan(
            files={".gemini/settings.json": json.dumps(settings)},
            environment={"GEMINI_API_KEY": "none", "GOOGLE_GEMINI_BASE_URL": MODEL},
            command=[program("gemini"), "--skip-trust", "--approval-mode", "yolo", "--model", "gemini-2.5-pro"]
            + ["--prompt", PROMPT],
        )


class Codex(Host):
    """With a model that it does not know, which gets the tools themselves."""

    name, package, client = "Codex CLI", "@openai/codex", "codex"
    model = 'model = "scripted"'

    def plan(self, server, printed):
        provider = f'model_provider = "scripted"\nmodel_providers.scripted = {{ name = "scripted", base_url = "{MODEL}/v1" }}'
        approval = f'[mcp_servers.{server}.tools.pay_order]\napproval_mode = "approve"'
        return Plan(
            files={".codex/config.toml": "\n".join([self.model, provider, printed, approval])},
            environment={},
            command=[program("codex"), "exec", "--skip-git-repo-check", PROMPT],
        )


class CodexCodeMode(Codex):
    """With its own model, which writes JavaScript that calls the tools."""

    mode, model = "code mode", ""


class ClaudeCode(Host):
    name, package, client = "Claude Code", "@anthropic-ai/claude-code", "claude-code"

    def plan(self, server, printed):
        # Without the scripts of packages, its own name for the program is a message that it was not installed.
        folder = os.path.join(MODULES, f"@anthropic-ai/claude-code-linux-{CPU}")
        path = os.pathsep.join([folder, PATH])
        return Plan(
            before=printed,
            environment={"ANTHROPIC_API_KEY": "none", "ANTHROPIC_BASE_URL": MODEL, "PATH": path},
            command=["claude", "--print", PROMPT, "--allowedTools", f"mcp__{server}"],
        )


class CopilotCli(Host):
    name, package, client = "Copilot CLI", "@github/copilot", "copilot-cli"

    def plan(self, server, printed):
        return Plan(
            files={".copilot/mcp-config.json": printed},
            environment={
                "COPILOT_OFFLINE": "true",
                "COPILOT_PROVIDER_BASE_URL": f"{MODEL}/v1",
                "COPILOT_MODEL": "scripted",
                # Where `run` had it unpack itself.
                "XDG_CACHE_HOME": os.path.join(INSTALLED, "cache"),
            },
            command=[program("copilot"), "--allow-tool", server, "--prompt", PROMPT],
        )


def program(name):
    return os.path.join(MODULES, ".bin", name)


HOSTS = [GeminiCli(), Codex(), CodexCodeMode(), ClaudeCode(), CopilotCli()]
