//! The documents, kept true: the tables and configurations in them come from this program.
//!
//! Operator code, for those who work on it. A document has regions, between `<!-- begin: NAME -->` and `<!-- end: NAME -->`;
//! the manifest of the MCP bundle and the registry entry have values that are made of the tools and settings.

mod chinese;
mod hosts;
mod language;
mod manifest;
mod region;
mod tables;

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, ensure};

use self::language::Language;
use crate::text::Given;

/// The documents of this project; those that are not there are passed over.
const DOCUMENTS: [&str; 4] = ["README.md", "README.zh-CN.md", "manifest.json", "server.json"];

/// Writes what this program says into the documents, or with `check_only` tells what differs: exit code 1 then.
///
/// # Errors
/// When a document cannot be read or written, or has a region that nobody knows.
pub fn run(check_only: bool, files: &[PathBuf]) -> anyhow::Result<ExitCode> {
    let files = if files.is_empty() {
        let all = DOCUMENTS.iter().map(PathBuf::from);
        all.filter(|file| file.exists()).collect()
    } else {
        files.to_vec()
    };
    ensure!(!files.is_empty(), "there are no documents in this folder");
    let mut is_same = true;
    for file in files {
        let text = std::fs::read_to_string(&file).with_context(|| file.display().to_string())?;
        let rendered = render(&file, &text).with_context(|| file.display().to_string())?;
        if rendered.text == text {
            continue;
        }
        is_same = false;
        for part in &rendered.changed {
            let said = if check_only {
                "differs from the program"
            } else {
                "is written anew"
            };
            writeln!(io::stderr(), "{}: `{part}` {said}", file.display())?;
        }
        if !check_only {
            std::fs::write(&file, rendered.text).with_context(|| file.display().to_string())?;
        }
    }
    Ok(if is_same || !check_only {
        ExitCode::SUCCESS
    } else {
        writeln!(io::stderr(), "hint: `cargo run -- docs` writes them anew")?;
        ExitCode::FAILURE
    })
}

/// A document as it should be.
struct Rendered {
    text: String,
    /// The parts that are not as they were.
    changed: Vec<String>,
}

fn render(file: &Path, text: &str) -> anyhow::Result<Rendered> {
    if file.ends_with("server.json") {
        return manifest::registry_entry(text);
    }
    if file.extension().is_some_and(|kind| kind == "json") {
        return manifest::bundle(text);
    }
    let language = Language::of(file);
    let rendered = region::render(text, |name| {
        tables::region(name, &language).with_context(|| format!("nobody knows a region {}", Given(name)))
    })?;
    let missing = language.missing();
    ensure!(
        missing.is_empty(),
        "there is no Chinese text in `src/docs/chinese.rs` for: {}",
        missing.join(" | ")
    );
    Ok(rendered)
}
