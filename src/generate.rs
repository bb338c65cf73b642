//! What is made of the command line and belongs in a package: shell completions and the man page.
//!
//! Operator code: it writes to stdout.

use std::io::{self, Write as _};

use clap::CommandFactory as _;
use clap_complete::Shell;
use clap_mangen::Man;
use clap_mangen::roff::{Roff, bold, roman};

use crate::cli::{Cli, ENVIRONMENT};

/// Writes the completions of `shell` to stdout.
///
/// # Errors
/// When stdout cannot be written to.
pub fn completions(shell: Shell) -> anyhow::Result<()> {
    let mut script = Vec::new();
    let mut command = Cli::command();
    let name = command.get_name().to_owned();
    clap_complete::generate(shell, &mut command, &name, &mut script);
    let mut script = String::from_utf8(script)?;
    if shell == Shell::Bash {
        // clap_complete 4.6 spells a program's hyphens in two ways, and bash then finds nothing after a command (clap
        // issue 6421).
        script = script.replace(&name.replace('-', "__subcmd__"), &name.replace('-', "__"));
    }
    print(script.as_bytes())
}

/// Writes the man page to stdout.
///
/// # Errors
/// When stdout cannot be written to.
pub fn man() -> anyhow::Result<()> {
    let mut command = Cli::command().disable_help_subcommand(true);
    command.build();
    let commands = commands(&command);
    let man = Man::new(command);
    let mut page = Vec::new();
    man.render_title(&mut page)?;
    man.render_name_section(&mut page)?;
    man.render_synopsis_section(&mut page)?;
    man.render_description_section(&mut page)?;
    man.render_options_section(&mut page)?;
    commands.to_writer(&mut page)?;
    environment().to_writer(&mut page)?;
    man.render_version_section(&mut page)?;
    print(&page)
}

/// The commands with their options: `clap_mangen` would refer to a page for each, and there is this one.
fn commands(command: &clap::Command) -> Roff {
    let mut section = Roff::new();
    section.control("SH", ["COMMANDS"]);
    for command in command.get_subcommands() {
        let name = command.get_bin_name().unwrap_or_else(|| command.get_name());
        section.control("SS", [name]);
        section.text([roman(command.get_about().unwrap_or_default().to_string())]);
        for argument in command.get_arguments().filter(|argument| argument.get_id() != "help") {
            let default = match argument.get_default_values() {
                [default] if argument.get_action().takes_values() => format!(" [default: {}]", default.display()),
                _ => String::new(),
            };
            let about = argument.get_help().unwrap_or_default();
            section.control("TP", []);
            section
                .text([bold(argument.to_string())])
                .text([roman(format!("{about}{default}"))]);
        }
    }
    section
}

/// The end of the help as a section of its own, in which each variable is an entry.
fn environment() -> Roff {
    let mut section = Roff::new();
    section.control("SH", ["ENVIRONMENT"]);
    for line in ENVIRONMENT.lines().skip(1) {
        match line.strip_prefix("  ").and_then(|entry| entry.split_once(' ')) {
            Some((name, about)) => {
                section.control("TP", []);
                section.text([bold(name)]).text([roman(about.trim())]);
            }
            None if line.is_empty() => {
                section.control("PP", []);
            }
            None => {
                section.text([roman(line)]);
            }
        }
    }
    section
}

fn print(text: &[u8]) -> anyhow::Result<()> {
    #[expect(clippy::disallowed_methods, reason = "an operator command, not serving MCP")]
    let mut out = io::stdout();
    out.write_all(text)?;
    Ok(out.flush()?)
}
