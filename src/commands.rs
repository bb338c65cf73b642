//! The commands, one file each: what the program does other than serve.
//!
//! An edge: it writes to stdout, and puts the advice of [`crate::payment`] into words for somebody who types commands.

mod answer;
mod attempts;
pub mod completions;
pub mod config;
pub mod demo;
pub mod doctor;
pub mod history;
pub mod man;
pub mod pay;
pub mod release;
pub mod sandbox;
mod screen;
pub mod status;
mod wording;

use std::fmt;
use std::io::{self, Write as _};
use std::process::ExitCode;

use crate::journal::JournalError;

fn print(text: &[u8]) -> anyhow::Result<()> {
    #[expect(clippy::disallowed_methods, reason = "an operator command, not serving MCP")]
    let mut out = io::stdout();
    out.write_all(text)?;
    Ok(out.flush()?)
}

/// Says on stderr why a command did not do what it was asked for, and what to do about it.
#[expect(clippy::print_stderr, reason = "an operator command")]
fn complain(error: impl fmt::Display, hint: impl fmt::Display) {
    eprintln!("error: {error}");
    eprintln!("hint: {hint}");
}

/// The end of a command that needs the journal, which cannot be used.
fn without_journal(error: &JournalError) -> ExitCode {
    complain(error, error.hint());
    ExitCode::FAILURE
}
