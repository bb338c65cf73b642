//! The commands, one file each: what the program does other than serve.
//!
//! An edge: it writes to stdout, and puts the advice of [`crate::payment`] into words for somebody who types commands.

mod answer;
pub mod completions;
pub mod config;
pub mod demo;
pub mod doctor;
pub mod man;
pub mod pay;
pub mod sandbox;
mod screen;
pub mod status;
mod wording;

use std::io::{self, Write as _};

fn print(text: &[u8]) -> anyhow::Result<()> {
    #[expect(clippy::disallowed_methods, reason = "an operator command, not serving MCP")]
    let mut out = io::stdout();
    out.write_all(text)?;
    Ok(out.flush()?)
}
