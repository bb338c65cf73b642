//! Work on the project that is no part of the program.
//!
//! `cargo xtask docs` writes what the documents say of the program, from the program, and checks the rest of them.

mod documents;
mod example;
mod hosts;
mod language;
mod links;
mod manifest;
mod markdown;
mod outline;
mod region;
mod tables;

use std::io::{self, Write as _};
use std::path::Path;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Parser, Subcommand};

/// Work on the project that is no part of the program.
#[derive(Debug, Parser)]
struct Cli {
    #[command(subcommand)]
    task: Task,
}

#[derive(Debug, Subcommand)]
enum Task {
    /// Write the tables, configurations and examples of the documents from the program, and check the rest of them
    Docs {
        /// Write nothing, and tell what differs
        #[arg(long)]
        check: bool,
    },
}

fn main() -> anyhow::Result<ExitCode> {
    let Task::Docs { check } = Cli::parse().task;
    let project = Path::new(env!("CARGO_MANIFEST_DIR")).parent();
    let findings = documents::update(project.context("xtask lies in no project")?, check)?;
    for line in &findings.written {
        writeln!(io::stderr(), "{line}")?;
    }
    for line in &findings.faults {
        writeln!(io::stderr(), "error: {line}")?;
    }
    Ok(if findings.faults.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
