//! The documents, kept true: the tables, configurations and examples in them come from the program, each English document has a
//! Chinese twin that says the same, and each link leads somewhere.
//!
//! A document has regions, between `<!-- begin: NAME -->` and `<!-- end: NAME -->`; the manifest of the MCP
//! bundle and the registry entry have values that are made of the tools and settings.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::Context as _;

use crate::example::Examples;
use crate::language::{Language, Translations};
use crate::markdown::is_markdown;
use crate::{links, manifest, outline, region, tables};

/// The manifest of the MCP bundle.
const BUNDLE: &str = "manifest.json";

/// The entry in the MCP registry.
const REGISTRY_ENTRY: &str = "server.json";

/// The folders with documents.
const FOLDERS: [&str; 3] = ["", "docs/", "tests/clients/"];

/// Whether a document is for those who use the program: it has regions, and a twin in Chinese.
pub(crate) fn is_for_users(path: &str) -> bool {
    path.starts_with("README") || path.starts_with("docs/")
}

/// Texts by their path in the project, with `/` between its parts.
pub(crate) type Texts = BTreeMap<String, String>;

/// What came of a look at the documents, a line each.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Findings {
    /// What is written anew.
    pub(crate) written: Vec<String>,
    /// What a person has to see to.
    pub(crate) faults: Vec<String>,
}

/// A document as it should be.
pub(crate) struct Rendered {
    pub(crate) text: String,
    /// The parts that are not as they were.
    pub(crate) changed: Vec<String>,
}

/// Writes what the program says into the documents of a project, or with `check_only` tells what differs; and checks the rest.
///
/// Nothing is written while a text has no translation.
///
/// # Errors
/// When a file cannot be read or written, or has a region that nobody knows.
pub(crate) fn update(project: &Path, check_only: bool) -> anyhow::Result<Findings> {
    let translations = Translations::read(project)?;
    let examples = Examples::play()?;
    let mut findings = Findings::default();
    let mut texts = read(project)?;
    let mut anew = Vec::new();
    for (path, text) in &mut texts {
        let language = Language::of(path, &translations);
        let rendered = match path.as_str() {
            BUNDLE => manifest::bundle(text),
            REGISTRY_ENTRY => manifest::registry_entry(text),
            _ if is_for_users(path) => region::render(text, |name| tables::region(name, &examples, language)),
            _ => continue,
        };
        let rendered = rendered.with_context(|| path.clone())?;
        anew.extend(rendered.changed.iter().map(|part| format!("{path}: `{part}`")));
        *text = rendered.text;
    }
    findings.faults = translations.faults();
    if check_only {
        let differs = |part| format!("{part} differs from the program; `cargo xtask docs` writes it anew");
        findings.faults.extend(anew.into_iter().map(differs));
    } else if findings.faults.is_empty() {
        for (path, text) in &texts {
            write(&project.join(path), text).with_context(|| path.clone())?;
        }
        findings.written = anew.into_iter().map(|part| part + " is written anew").collect();
    }
    findings.faults.extend(links::faults(&texts, project));
    findings.faults.extend(outline::faults(&texts));
    Ok(findings)
}

/// The documents, the manifest and the registry entry of a project.
fn read(project: &Path) -> anyhow::Result<Texts> {
    let mut texts = Texts::new();
    for folder in FOLDERS {
        let entries = match fs::read_dir(project.join(folder)) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
            Err(error) => return Err(error).context(folder),
        };
        for entry in entries {
            let name = entry?.file_name().to_string_lossy().into_owned();
            let path = format!("{folder}{name}");
            if is_markdown(&name) || [BUNDLE, REGISTRY_ENTRY].contains(&path.as_str()) {
                let text = fs::read_to_string(project.join(&path)).with_context(|| path.clone())?;
                texts.insert(path, text);
            }
        }
    }
    Ok(texts)
}

/// Writes a file, unless it is so already.
fn write(file: &Path, text: &str) -> std::io::Result<()> {
    if fs::read_to_string(file)? == text {
        return Ok(());
    }
    fs::write(file, text)
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    const TRANSLATIONS: &str = "docs/translations.zh-CN.toml";

    fn project() -> &'static Path {
        Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
    }

    /// A copy of the documents of this project, some of them changed: path, from, to.
    fn copy(changes: &[(&str, &str, &str)]) -> tempfile::TempDir {
        let copy = tempfile::tempdir().unwrap();
        let mut texts = read(project()).unwrap();
        let translations = fs::read_to_string(project().join(TRANSLATIONS)).unwrap();
        texts.insert(TRANSLATIONS.into(), translations);
        for (path, from, to) in changes {
            let text = texts.get_mut(*path).unwrap();
            assert!(text.contains(from), "{path}: {from}");
            *text = text.replacen(from, to, 1);
        }
        for (path, text) in texts {
            let file = copy.path().join(path);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, text).unwrap();
        }
        copy
    }

    fn faults(changes: &[(&str, &str, &str)]) -> Vec<String> {
        let mut faults = update(copy(changes).path(), true).unwrap().faults;
        // A copy has the documents alone, and neither pictures nor code.
        faults.retain(|fault| !fault.ends_with("which is not there") && !fault.contains("there is no file"));
        faults
    }

    #[test]
    fn the_documents_say_what_the_program_says_and_their_twins_and_links_are_in_order() {
        assert_eq!(update(project(), true).unwrap(), Findings::default());
    }

    #[test]
    fn what_differs_is_named_and_written_anew() {
        let copy = copy(&[
            ("docs/tools.md", "| There is no such order |", "| There is no order |"),
            ("docs/sandbox.zh-CN.md", "| 用途 |", "| 目的 |"),
            (BUNDLE, "\"check_order_status\"", "\"check_order\""),
            (BUNDLE, "\"${user_config.x402_max}\"", "\"\""),
            (BUNDLE, "\"sensitive\": true", "\"sensitive\": false"),
            (REGISTRY_ENTRY, "\"default\": \"100\"", "\"default\": \"1000\""),
        ]);
        let parts = [
            "docs/sandbox.zh-CN.md: `orders`",
            "docs/tools.md: `errors`",
            "manifest.json: `env`",
            "manifest.json: `tools`",
            "manifest.json: `user_config`",
            "server.json: `environmentVariables`",
        ];
        let checked = update(copy.path(), true).unwrap();
        assert_eq!(checked.written, Vec::<String>::new());
        assert_eq!(
            checked.faults.get(..6).unwrap(),
            parts.map(|part| format!("{part} differs from the program; `cargo xtask docs` writes it anew"))
        );
        assert_ne!(read(copy.path()).unwrap(), read(project()).unwrap());

        let updated = update(copy.path(), false).unwrap();
        assert_eq!(updated.written, parts.map(|part| format!("{part} is written anew")));
        assert_eq!(read(copy.path()).unwrap(), read(project()).unwrap());
    }

    #[test]
    fn a_text_without_a_translation_and_a_translation_without_a_text_are_named_and_nothing_is_written() {
        let changes = [
            (TRANSLATIONS, "\"There is no such order\"", "\"There is no order\""),
            ("docs/sandbox.md", "| What it is there for |", "| What for |"),
        ];
        let copy = copy(&changes);
        let updated = update(copy.path(), false).unwrap();
        assert_eq!(updated.written, Vec::<String>::new());
        assert_eq!(
            updated.faults.get(..2).unwrap(),
            [
                "docs/translations.zh-CN.toml: there is no Chinese for \"There is no such order\"",
                "docs/translations.zh-CN.toml: nothing needs \"There is no order\""
            ]
        );
        let unchanged = fs::read_to_string(copy.path().join("docs/sandbox.md")).unwrap();
        assert!(unchanged.contains("| What for |"));
    }

    #[test]
    fn a_document_that_is_not_in_step_with_its_twin_is_named() {
        assert_eq!(
            faults(&[("README.zh-CN.md", "MIT", "BSD")]),
            Vec::<String>::new(),
            "words are free"
        );
        let changed = faults(&[("docs/x402.zh-CN.md", "`payment_signature`", "`signature`")]);
        assert_eq!(changed.len(), 1, "{changed:?}");
        assert!(
            changed[0].starts_with("docs/x402.md and docs/x402.zh-CN.md differ, first in lines "),
            "{changed:?}"
        );
    }

    #[test]
    fn a_document_that_cannot_be_rendered_is_named() {
        let copy = copy(&[
            ("README.md", "begin: result", "begin: weather"),
            ("README.md", "end: result", "end: weather"),
        ]);
        let error = format!("{:#}", update(copy.path(), true).unwrap_err());
        assert_eq!(error, "README.md: nobody knows a region `weather`");
    }
}
