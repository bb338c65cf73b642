//! What the checks found, as lines for a person and as JSON for a program.

use std::fmt;

use serde::{Serialize, Serializer};

/// The width of the column of names.
const NAME_WIDTH: usize = 16;

/// What the checks found.
#[derive(Debug, Default)]
pub struct Report {
    /// The checks, in their order.
    pub checks: Vec<Check>,
}

/// What one check found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Check {
    /// What was checked.
    pub name: &'static str,
    /// How it stands.
    pub status: Status,
    /// What was found.
    pub said: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

/// How a check stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// As it should be.
    Ok,
    /// Something will not work, or may not, and perhaps nobody needs it.
    Warning,
    /// Something does not work.
    Failed,
    /// Not looked at, for the reason given.
    Skipped,
}

impl Check {
    pub(super) fn ok(name: &'static str, said: impl Into<String>) -> Self {
        Self::new(name, Status::Ok, said, None)
    }

    pub(super) fn warning(name: &'static str, said: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::new(name, Status::Warning, said, Some(hint.into()))
    }

    pub(super) fn failed(name: &'static str, said: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::new(name, Status::Failed, said, Some(hint.into()))
    }

    pub(super) fn skipped(name: &'static str, said: impl Into<String>) -> Self {
        Self::new(name, Status::Skipped, said, None)
    }

    fn new(name: &'static str, status: Status, said: impl Into<String>, hint: Option<String>) -> Self {
        Self {
            name,
            status,
            said: said.into(),
            hint,
        }
    }
}

impl Report {
    /// Whether nothing failed.
    #[must_use]
    pub fn is_ok(&self) -> bool {
        self.checks.iter().all(|check| check.status != Status::Failed)
    }
}

impl Serialize for Report {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Document<'a> {
            ok: bool,
            checks: &'a [Check],
        }
        let document = Document {
            ok: self.is_ok(),
            checks: &self.checks,
        };
        document.serialize(serializer)
    }
}

impl fmt::Display for Status {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(match self {
            Self::Ok => "ok",
            Self::Warning => "warning",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
        })
    }
}

impl fmt::Display for Check {
    /// One line, and one more for the hint.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            name,
            status,
            said,
            hint,
        } = self;
        writeln!(formatter, "{status:<9}{name:<NAME_WIDTH$}{said}")?;
        match hint {
            Some(hint) => writeln!(formatter, "         hint: {hint}"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;
    use serde_json::json;

    use super::*;

    fn report() -> Report {
        Report {
            checks: vec![
                Check::ok("base URL", "https://a.example"),
                Check::warning("token", "not set", "set it"),
                Check::failed("MCP 2025-11-25", "no answer in 10 s", "look at stderr"),
                Check::skipped("clock", "no answer"),
            ],
        }
    }

    #[test]
    fn a_person_gets_aligned_lines_with_the_hint_beneath() {
        let lines: String = report().checks.iter().map(ToString::to_string).collect();
        let expected = "\
ok       base URL        https://a.example
warning  token           not set
         hint: set it
failed   MCP 2025-11-25  no answer in 10 s
         hint: look at stderr
skipped  clock           no answer
";
        assert_eq!(lines, expected);
    }

    #[test]
    fn a_program_gets_one_document_with_the_same_checks() {
        let mut report = report();
        assert_eq!(
            serde_json::to_value(&report).unwrap(),
            json!({"ok": false, "checks": [
                {"name": "base URL", "status": "ok", "said": "https://a.example"},
                {"name": "token", "status": "warning", "said": "not set", "hint": "set it"},
                {"name": "MCP 2025-11-25", "status": "failed", "said": "no answer in 10 s", "hint": "look at stderr"},
                {"name": "clock", "status": "skipped", "said": "no answer"},
            ]})
        );
        report.checks.retain(|check| check.status != Status::Failed);
        assert!(report.is_ok());
    }
}
