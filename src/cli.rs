//! The command line: what can be typed, and nothing of what it does.

use std::ffi::OsString;
use std::num::ParseIntError;
use std::path::PathBuf;
use std::time::Duration;

use clap::error::{ContextKind, ContextValue};
use clap::{Args, CommandFactory as _, Parser, Subcommand};
use clap_complete::Shell;

use crate::hosts::Host;
use crate::journal::MOST_HISTORY;
use crate::order::{OrderId, Surface, SurfaceError};
use crate::pay_way::PayWay;
use crate::settings::{self, ConfigError, Flags};

/// Pay Ace Data Cloud orders from an AI assistant: a Model Context Protocol server on stdio.
///
/// Without a command it serves MCP on stdin and stdout, as an MCP client starts it.
#[derive(Debug, Parser)]
#[command(version, args_conflicts_with_subcommands = true, after_help = environment())]
pub struct Cli {
    /// What to do; serve MCP when there is none.
    #[command(subcommand)]
    pub command: Option<Command>,

    /// How to serve.
    #[command(flatten)]
    pub settings: Flags,
}

/// What is wrong with a command line that names no command, and so is that of a server; `None` for any other, and where the
/// help or the version was asked for.
#[must_use]
pub fn fault_of_server(error: &clap::Error, mut arguments: impl Iterator<Item = OsString>) -> Option<ConfigError> {
    let program = Cli::command();
    let is_command = |argument: OsString| argument == "help" || program.find_subcommand(&argument).is_some();
    if !error.use_stderr() || arguments.any(is_command) {
        return None;
    }
    let said = error.to_string();
    let first: Vec<_> = said
        .lines()
        .take_while(|line| !line.is_empty())
        .map(str::trim)
        .collect();
    let message = first.join(" ");
    let meant = match error.get(ContextKind::SuggestedArg) {
        Some(ContextValue::String(meant)) => format!(": perhaps `{meant}` is meant"),
        _ => String::new(),
    };
    Some(ConfigError::of_command_line(
        message.strip_prefix("error: ").unwrap_or(&message),
        &format!("correct the arguments with which the server is started{meant}"),
    ))
}

/// The end of the help: a line for each variable, and what goes for all.
fn environment() -> String {
    let lines: Vec<_> = variables()
        .map(|(name, meaning)| format!("  {name:<33} {meaning}"))
        .collect();
    format!("Environment:\n{}\n\n{PRECEDENCE}", lines.join("\n"))
}

/// Each variable, and what it means beside the flags.
pub(crate) fn variables() -> impl Iterator<Item = (&'static str, String)> {
    settings::facts().filter_map(|facts| {
        let meaning = match facts.flag {
            Some(flag) if flag.value.is_some() => format!("As {}", flag.name),
            Some(flag) => format!("As {} (true or false)", flag.name),
            None if facts.default.is_empty() => facts.about.to_owned(),
            None => format!("{} [default: {}]", facts.about, facts.default),
        };
        Some((facts.variable?, meaning))
    })
}

/// What goes for all variables.
pub(crate) const PRECEDENCE: &str = "A flag goes before its variable. An empty value counts as unset.
Try it without an account: acedata-pay-mcp demo";

/// What to do other than serve.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Start the payment of an order and print its link
    Pay(Pay),
    /// Tell how an order stands
    Status(Status),
    /// Show what was paid, how much, to whom, and by which transaction, newest first
    History(History),
    /// Let an order be paid again although the end of its signed payment is not known
    Release(Release),
    /// Run the sandbox alone on 127.0.0.1 and print its address, token and orders
    Sandbox {
        /// The port to listen on; 0 for any free one
        #[arg(long, default_value_t = 8402)]
        port: u16,
    },
    /// Print the configuration with which an assistant starts this server
    Config {
        /// Which assistant
        #[arg(value_name = "CLIENT")]
        host: Host,

        /// The configuration for the sandbox: no account, no token, no real money
        #[arg(long, conflicts_with = "token_file")]
        sandbox: bool,

        /// Let the server read the platform token from FILE, so that none is in the configuration
        #[arg(long, value_name = "FILE")]
        token_file: Option<PathBuf>,

        /// Print the link that installs the server with one click (Cursor, VS Code, TRAE, Cherry Studio)
        #[arg(long)]
        link: bool,
    },
    /// Check the settings, the way to the platform, the token and this program itself, one line a check
    Doctor {
        /// Print one JSON document in place of lines
        #[arg(long)]
        json: bool,

        /// The settings to check.
        #[command(flatten)]
        settings: Flags,
    },
    /// Play the main job in a sandbox: a real MCP client pays an order and sees it become paid
    Demo {
        /// Wait for a person to press Pay in a browser
        #[arg(long)]
        manual: bool,
    },
    /// Print the completions of a shell, made of this command line
    Completions {
        /// One of bash, elvish, fish, powershell and zsh
        #[arg(hide_possible_values = true)]
        shell: Shell,
    },
    /// Print the man page, for `man -l -`
    Man,
}

/// The payment of an order, from a terminal.
#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub struct Pay {
    /// The order's UUID
    pub order: OrderId,

    /// How to pay: STRIPE, WECHATPAY, ALIPAY, X402 or CARD, in any case; not needed for a free order
    #[arg(long, value_name = "WAY")]
    pub pay_way: Option<PayWay>,

    /// Where the payer is: `native`, `h5` or another word of the platform
    #[arg(long, value_parser = surface)]
    pub surface: Option<Surface>,

    /// Print the link's QR code; that of a WeChat link is printed anyway
    #[arg(long)]
    pub qr: bool,

    /// Print one JSON object, as the tool returns it
    #[arg(long)]
    pub json: bool,

    /// Which platform.
    #[command(flatten)]
    pub settings: Flags,
}

/// How an order stands, from a terminal.
#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub struct Status {
    /// The order's UUID
    pub order: OrderId,

    /// Wait so many seconds for the payment
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    pub wait: Option<Duration>,

    /// Print one JSON object, as the tool returns it
    #[arg(long)]
    pub json: bool,

    /// Which platform.
    #[command(flatten)]
    pub settings: Flags,
}

/// What the journal holds, from a terminal.
#[derive(Debug, Args)]
#[command(after_help = HISTORY_EXIT_CODES)]
pub struct History {
    /// Only this order's, each with everything that is known of it
    pub order: Option<OrderId>,

    /// Print one JSON array
    #[arg(long, conflicts_with = "csv")]
    pub json: bool,

    /// Print comma-separated values, names first
    #[arg(long)]
    pub csv: bool,

    /// The most attempts to show, 1 to 1000
    #[arg(long, value_name = "NUMBER", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=MOST_HISTORY.into()))]
    pub limit: u32,

    /// Which journal.
    #[command(flatten)]
    pub settings: Flags,
}

/// A signed payment that may be forgotten, from a terminal.
#[derive(Debug, Args)]
#[command(after_help = RELEASE_EXIT_CODES)]
pub struct Release {
    /// The order's UUID
    pub order: OrderId,

    /// Which platform, and which journal.
    #[command(flatten)]
    pub settings: Flags,
}

const HISTORY_EXIT_CODES: &str = "Exit codes:
  0  Shown, also when there is nothing to show
  1  The journal cannot be read
  2  The command line or a setting cannot be used";

const RELEASE_EXIT_CODES: &str = "It shows what is known, and asks: it needs a terminal.

Exit codes:
  0  Released: the order may be paid again
  1  The journal cannot be read or written
  2  The command line or a setting cannot be used
  3  There is nothing to release
  4  Not released: this is no terminal, the answer was not `yes`, or the payer was charged";

const EXIT_CODES: &str = "Exit codes:
  0  The order is paid
  1  It could not be told: the network or the platform failed, and nothing was changed
  2  The command line or a setting cannot be used
  3  The order waits for its payment
  4  Refused: the order cannot be paid, or not so, or not by this token
  5  Unknown: a payment may have been started or made; look with `status` before paying again";

fn surface(text: &str) -> Result<Surface, SurfaceError> {
    text.to_owned().try_into()
}

fn seconds(text: &str) -> Result<Duration, ParseIntError> {
    text.parse().map(Duration::from_secs)
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn a_fault_is_the_servers_when_no_command_is_named() {
        let fault = |arguments: &[&str]| {
            let error = Cli::try_parse_from([&["program"], arguments].concat()).unwrap_err();
            let fault = fault_of_server(&error, arguments.iter().map(OsString::from));
            fault.map(|fault| format!("{fault} | {}", fault.hint()))
        };
        let correct = "correct the arguments with which the server is started";
        for (arguments, expected) in [
            (
                &["--read-olny"][..],
                format!("unexpected argument '--read-olny' found | {correct}: perhaps `--read-only` is meant"),
            ),
            (
                &["--read-only", "serve"],
                format!("the subcommand 'serve' cannot be used with '--read-only' | {correct}"),
            ),
            (
                &["--timeout"],
                format!("a value is required for '--timeout <SECONDS>' but none was supplied | {correct}"),
            ),
            (
                &["--sandbox", "--base-url", "https://a.example"],
                format!("the argument '--sandbox' cannot be used with '--base-url <URL>' | {correct}"),
            ),
            (
                &["--token", "platform-v1-c0ffee00c0ffee00"],
                format!("unexpected argument '--token' found | {correct}: perhaps `--token-file` is meant"),
            ),
            (
                &["platform-v1-c0ffee00c0ffee00"],
                format!("unrecognized subcommand '(withheld)' | {correct}"),
            ),
        ] {
            assert_eq!(fault(arguments), Some(expected), "{arguments:?}");
        }
        for arguments in [
            &["--help"][..],
            &["--version"],
            &["pay"],
            &["pay", "--read-olny"],
            &["--read-only", "doctor"],
            &["help", "serve"],
        ] {
            assert_eq!(fault(arguments), None, "{arguments:?}");
        }
    }
}
