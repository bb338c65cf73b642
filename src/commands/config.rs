//! `config`: prints what makes an assistant start this server.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};

use crate::hosts::{Account, Host, Launch};
use crate::token::{ASCII_PLACEHOLDER, TOKEN_PAGE};

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
            "there is no such link for {}; Cursor, VS Code, TRAE and Cherry Studio have one",
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
    if host == Host::Trae && launch.program.contains(char::is_whitespace) {
        writeln!(
            err,
            "warning: TRAE starts no program with a space in its path, as in `{}`; put it into another folder and run `config` there",
            launch.program
        )?;
    }
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
            writeln!(
                err,
                "hint: put a token from {TOKEN_PAGE} in place of `{ASCII_PLACEHOLDER}`"
            )?;
        }
        writeln!(err, "hint: with `--token-file FILE` no token is in the configuration")?;
    }
    if host == Host::Trae && as_link {
        writeln!(err, "hint: outside China it begins with `trae:` in place of `trae-cn:`")?;
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
