//! The configurations that make assistants start this server, exactly as each of them wants it.
//!
//! Operator code. Nothing here reads a token: a configuration holds a placeholder, or the name of a token file.

mod format;
mod link;

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use clap::ValueEnum;

use crate::token::TOKEN_PAGE;

/// What stands where the token belongs.
pub const PLACEHOLDER: &str = "platform-v1-…";

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

/// Prints a configuration, or with `as_link` the link that installs it, on stdout, and what to do with it on stderr.
///
/// # Errors
/// When a path is not UTF-8, the assistant has no such link, or stdout is closed.
pub fn run(host: Host, sandbox: bool, token_file: Option<PathBuf>, as_link: bool) -> anyhow::Result<()> {
    let launch = Launch {
        program: text(&std::env::current_exe().context("where this program is cannot be told")?)?,
        account: match token_file {
            _ if sandbox => Account::Sandbox,
            Some(file) => Account::TokenFile(text(&std::path::absolute(file)?)?),
            None => Account::Placeholder,
        },
    };
    let link = launch.link(host);
    let shown = match &link {
        Some(link) if as_link => format!("{link}\n"),
        None if as_link => bail!(
            "there is no such link for {}; Cursor and VS Code have one",
            host.label()
        ),
        _ => launch.configuration(host),
    };
    #[expect(clippy::disallowed_methods, reason = "an operator command, not serving MCP")]
    io::stdout().write_all(shown.as_bytes())?;
    advise(host, &launch, link.as_deref().filter(|_| !as_link), as_link)
}

fn advise(host: Host, launch: &Launch, link: Option<&str>, as_link: bool) -> anyhow::Result<()> {
    let mut err = io::stderr();
    if as_link {
        writeln!(err, "hint: open it in a browser or with the system's `open`")?;
    } else {
        writeln!(err, "hint: this goes into {}", host.place())?;
    }
    if launch.account == Account::Placeholder {
        if host == Host::VsCode {
            writeln!(
                err,
                "hint: VS Code asks for the token and keeps it; create one at {TOKEN_PAGE}"
            )?;
        } else {
            writeln!(err, "hint: put a token from {TOKEN_PAGE} in place of `{PLACEHOLDER}`")?;
        }
        writeln!(err, "hint: with `--token-file FILE` no token is in the configuration")?;
    }
    if let Some(link) = link {
        writeln!(err, "hint: one click does the same: {link}")?;
    }
    Ok(())
}

fn text(path: &Path) -> anyhow::Result<String> {
    let text = path.to_str().map(str::to_owned);
    text.with_context(|| format!("`{}` is not UTF-8, and a configuration must be", path.display()))
}
