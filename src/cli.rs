//! The command line: what can be typed, and nothing of what it does.

use std::ffi::OsString;

use clap::{Args, Parser, Subcommand};
use clap_complete::Shell;

/// Pay Ace Data Cloud orders from an AI assistant: a Model Context Protocol server on stdio.
///
/// Without a command it serves MCP on stdin and stdout, as an MCP client starts it.
#[derive(Debug, Parser)]
#[command(version, args_conflicts_with_subcommands = true, after_help = ENVIRONMENT)]
pub struct Cli {
    /// What to do; serve MCP when there is none.
    #[command(subcommand)]
    pub command: Option<Command>,

    /// How to serve.
    #[command(flatten)]
    pub settings: Settings,
}

/// The end of the help: a line for each variable, its name first, and what goes for all.
pub(crate) const ENVIRONMENT: &str = "Environment:
  ACEDATACLOUD_PLATFORM_TOKEN       The platform token (there is no flag for it)
  ACEDATACLOUD_PLATFORM_TOKEN_FILE  As --token-file
  PLATFORM_API_BASE_URL             As --base-url
  PLATFORM_REQUEST_TIMEOUT          As --timeout
  ACEDATACLOUD_RATE_LIMIT           As --rate-limit
  ACEDATACLOUD_READ_ONLY            As --read-only (true or false)
  ACEDATACLOUD_PAY_WAYS             As --pay-ways
  ACEDATACLOUD_QR_DIR               As --qr-dir
  RUST_LOG                          What is logged to stderr [default: warn,acedata_pay_mcp=info]

A flag goes before its variable. An empty value counts as unset.
Try it without an account: acedata-pay-mcp demo";

/// The settings of the server that have a flag. They are taken as typed; `config` reads them.
#[derive(Debug, Default, Args)]
pub struct Settings {
    /// Serve against a sandbox inside this process: no account, no token, no real money
    #[arg(long, conflicts_with_all = ["base_url", "token_file"])]
    pub sandbox: bool,

    /// Read the platform token from the first line of FILE
    #[arg(long, value_name = "FILE")]
    pub token_file: Option<OsString>,

    /// Where the platform is [default: `https://platform.acedata.cloud`]
    #[arg(long, value_name = "URL")]
    pub base_url: Option<String>,

    /// How long one request to the platform may take, 1 to 300 [default: 30]
    #[arg(long, value_name = "SECONDS")]
    pub timeout: Option<String>,

    /// How many requests a second may go to the platform, twice as many in a burst [default: 20]
    #[arg(long, value_name = "N")]
    pub rate_limit: Option<String>,

    /// Write the QR codes of payment links into DIR, as pictures that only you can read
    #[arg(long, value_name = "DIR")]
    pub qr_dir: Option<OsString>,

    /// Offer only `check_order_status`: nothing can be paid
    #[arg(long)]
    pub read_only: bool,

    /// Allow only these pay ways, separated by commas: STRIPE, WECHATPAY, ALIPAY, X402, CARD [default: all]
    #[arg(long, value_name = "WAYS")]
    pub pay_ways: Option<String>,
}

/// What to do other than serve.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run the sandbox alone on 127.0.0.1 and print its address, token and orders
    Sandbox {
        /// The port to listen on; 0 for any free one
        #[arg(long, default_value_t = 8402)]
        port: u16,
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

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }
}
