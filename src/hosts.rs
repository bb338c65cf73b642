//! The configurations that make assistants start this server, exactly as each of them wants it.
//!
//! Operator code. Nothing here reads a token: a configuration holds a placeholder, or the name of a token file.

mod format;
mod link;

use clap::ValueEnum;

/// An assistant that starts MCP servers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Host {
    /// Claude Desktop
    ClaudeDesktop,
    /// Claude Code: a command to run
    ClaudeCode,
    /// Cursor
    Cursor,
    /// Visual Studio Code
    #[value(name = "vscode")]
    VsCode,
    /// Codex: TOML
    Codex,
    /// Gemini CLI
    GeminiCli,
    /// Windsurf
    Windsurf,
    /// Zed
    Zed,
    /// `OpenCode`
    #[value(name = "opencode")]
    OpenCode,
    /// Qwen Code
    QwenCode,
    /// GitHub Copilot CLI
    CopilotCli,
    /// Continue: YAML
    Continue,
    /// Cline
    Cline,
    /// Goose: YAML
    Goose,
    /// Crush
    Crush,
    /// TRAE
    Trae,
    /// Cherry Studio
    CherryStudio,
    /// `CodeBuddy` Code
    #[value(name = "codebuddy")]
    CodeBuddy,
    /// `WorkBuddy`
    #[value(name = "workbuddy")]
    WorkBuddy,
    /// Kimi Code
    Kimi,
    /// Qoder
    Qoder,
    /// Any other that reads `mcpServers`
    Generic,
}

/// How an assistant starts the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Launch {
    /// The program: a path, or a name that is found on the path.
    pub program: String,
    /// Whose orders to pay.
    pub account: Account,
}

/// Whose orders to pay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Account {
    /// Nobody's: the sandbox.
    Sandbox,
    /// Those of a token that is put in place of the placeholder.
    Placeholder,
    /// Those of the token in a file.
    TokenFile(String),
}

impl Host {
    /// What people call it.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::ClaudeDesktop => "Claude Desktop",
            Self::ClaudeCode => "Claude Code",
            Self::Cursor => "Cursor",
            Self::VsCode => "VS Code",
            Self::Codex => "Codex",
            Self::GeminiCli => "Gemini CLI",
            Self::Windsurf => "Windsurf",
            Self::Zed => "Zed",
            Self::OpenCode => "OpenCode",
            Self::QwenCode => "Qwen Code",
            Self::CopilotCli => "Copilot CLI",
            Self::Continue => "Continue",
            Self::Cline => "Cline",
            Self::Goose => "Goose",
            Self::Crush => "Crush",
            Self::Trae => "TRAE",
            Self::CherryStudio => "Cherry Studio",
            Self::CodeBuddy => "CodeBuddy Code",
            Self::WorkBuddy => "WorkBuddy",
            Self::Kimi => "Kimi Code",
            Self::Qoder => "Qoder",
            Self::Generic => "Other assistants",
        }
    }

    /// Where its configuration lives.
    #[must_use]
    pub fn place(self) -> &'static str {
        match self {
            Self::ClaudeDesktop => {
                "`claude_desktop_config.json` (Settings → Developer → Edit Config): on macOS in `~/Library/Application \
                 Support/Claude`, on Windows in `%APPDATA%\\Claude`"
            }
            Self::ClaudeCode => "a terminal: the command adds the server for all your projects",
            Self::Cursor => {
                "`~/.cursor/mcp.json` (on Windows `%USERPROFILE%\\.cursor\\mcp.json`), or `.cursor/mcp.json` of a project"
            }
            Self::VsCode => {
                "`mcp.json` (the command `MCP: Open User Configuration`), or `.vscode/mcp.json` of a workspace"
            }
            Self::Codex => "`~/.codex/config.toml` (on Windows `%USERPROFILE%\\.codex\\config.toml`)",
            Self::GeminiCli => "`~/.gemini/settings.json` (on Windows `%USERPROFILE%\\.gemini\\settings.json`)",
            Self::Windsurf => {
                "`~/.codeium/windsurf/mcp_config.json` (on Windows `%USERPROFILE%\\.codeium\\windsurf\\mcp_config.json`)"
            }
            Self::Zed => "`~/.config/zed/settings.json` (on Windows `%APPDATA%\\Zed\\settings.json`)",
            Self::OpenCode => "`~/.config/opencode/opencode.json`, or `opencode.json` of a project",
            Self::QwenCode => "`~/.qwen/settings.json` (on Windows `%USERPROFILE%\\.qwen\\settings.json`)",
            Self::CopilotCli => "`~/.copilot/mcp-config.json` (on Windows `%USERPROFILE%\\.copilot\\mcp-config.json`)",
            Self::Continue => {
                "`.continue/mcpServers/acedata-pay.yaml` of a workspace; or from `mcpServers` on into \
                 `~/.continue/config.yaml`"
            }
            Self::Cline => {
                "`cline_mcp_settings.json` (MCP Servers → Configure → Configure MCP Servers), for the CLI in \
                 `~/.cline/data/settings`"
            }
            Self::Goose => {
                "`~/.config/goose/config.yaml` (on Windows `%APPDATA%\\Block\\goose\\config\\config.yaml`), under the \
                 `extensions` that are there"
            }
            Self::Crush => {
                "`~/.config/crush/crush.json` (on Windows `%LOCALAPPDATA%\\crush\\crush.json`), or `crush.json` of a \
                 project"
            }
            Self::Trae => "Settings → MCP → Add → Configure Manually, or `.trae/mcp.json` of a project",
            Self::CherryStudio => "Settings → MCP Servers → Add → Import from JSON, and switch it on there",
            Self::CodeBuddy => "`~/.codebuddy/.mcp.json` (on Windows `%USERPROFILE%\\.codebuddy\\.mcp.json`)",
            Self::WorkBuddy => {
                "`~/.workbuddy/mcp.json` (on Windows `%USERPROFILE%\\.workbuddy\\mcp.json`), and restart it"
            }
            Self::Kimi => "`~/.kimi-code/mcp.json` (on Windows `%USERPROFILE%\\.kimi-code\\mcp.json`)",
            Self::Qoder => "`~/.qoder-cn/settings.json`, outside China `~/.qoder/settings.json`",
            Self::Generic => "the assistant's list of MCP servers",
        }
    }
}

impl Launch {
    /// The name of the server in the configuration.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self.account {
            Account::Sandbox => "acedata-pay-sandbox",
            Account::Placeholder | Account::TokenFile(_) => "acedata-pay",
        }
    }

    /// The arguments.
    fn arguments(&self) -> Vec<&str> {
        match &self.account {
            Account::Sandbox => vec!["--sandbox"],
            Account::Placeholder => vec![],
            Account::TokenFile(file) => vec!["--token-file", file],
        }
    }
}
