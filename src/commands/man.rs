//! `man`: the man page, made of the command line.

use clap::CommandFactory as _;
use clap_mangen::Man;
use clap_mangen::roff::{Roff, bold, roman};

use super::print;
use crate::cli::{Cli, PRECEDENCE, variables};

/// Writes the man page to stdout.
///
/// # Errors
/// When stdout cannot be written to.
pub fn run() -> anyhow::Result<()> {
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

/// The commands with the options of their own: `clap_mangen` would refer to a page for each, and there is this one.
fn commands(whole: &clap::Command) -> Roff {
    let mut section = Roff::new();
    section.control("SH", ["COMMANDS"]);
    let is_general = |option: &clap::Arg| {
        let is_same =
            |general: &clap::Arg| general.get_id() == option.get_id() && general.get_help() == option.get_help();
        whole.get_arguments().any(is_same)
    };
    for command in whole.get_subcommands().filter(|command| !command.is_hide_set()) {
        let name = command.get_bin_name().unwrap_or_else(|| command.get_name());
        section.control("SS", [name]);
        section.text([roman(command.get_about().unwrap_or_default().to_string())]);
        for argument in command.get_arguments().filter(|argument| !is_general(argument)) {
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
        if let Some(more) = command.get_after_help() {
            section.control("PP", []).control("nf", []);
            more.to_string().lines().for_each(|line| {
                section.text([roman(line)]);
            });
            section.control("fi", []);
        }
    }
    section
}

/// The variables, each an entry.
fn environment() -> Roff {
    let mut section = Roff::new();
    section.control("SH", ["ENVIRONMENT"]);
    for (name, meaning) in variables() {
        section.control("TP", []);
        section.text([bold(name)]).text([roman(meaning)]);
    }
    section.control("PP", []);
    for line in PRECEDENCE.lines() {
        section.text([roman(line)]);
    }
    section
}
