//! Text that somebody else wrote, made fit to show.
//!
//! Vocabulary: no I/O. Everything the platform or a caller says passes through here before it reaches a result, an
//! error or a log, so that no escape code, bidirectional override, invisible character or endless string gets out.

use std::fmt;

use schemars::JsonSchema;
use serde::Serialize;
use unicode_properties::{GeneralCategory, GeneralCategoryGroup, UnicodeGeneralCategory as _};

/// How many characters of a short fact (a name, a state, a time stamp) are kept.
const FACT_CHARS: usize = 120;

/// How many characters of a sentence (what the platform said went wrong) are kept.
const SENTENCE_CHARS: usize = 300;

/// Untrusted text on one line: visible characters and single spaces only, and never longer than promised.
#[derive(Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Text(String);

impl Text {
    /// Cleans a short fact; `None` when nothing visible is left of it.
    #[must_use]
    pub fn fact(raw: &str) -> Option<Self> {
        Self::cut(raw, FACT_CHARS)
    }

    /// Cleans a sentence; `None` when nothing visible is left of it.
    #[must_use]
    pub fn sentence(raw: &str) -> Option<Self> {
        Self::cut(raw, SENTENCE_CHARS)
    }

    /// The cleaned text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn cut(raw: &str, most: usize) -> Option<Self> {
        let mut kept = String::new();
        let mut length = 0;
        let mut gap = false;
        for character in raw.chars() {
            if character.is_whitespace() {
                gap = !kept.is_empty();
            } else if is_visible(character) {
                if length + usize::from(gap) >= most {
                    kept.push('…');
                    break;
                }
                if std::mem::take(&mut gap) {
                    kept.push(' ');
                    length += 1;
                }
                kept.push(character);
                length += 1;
            }
        }
        (!kept.is_empty()).then_some(Self(kept))
    }
}

/// Whether a character may be shown: no controls, formats (bidirectional, zero-width, tags), private use or
/// unassigned code points, and no line or paragraph separators.
fn is_visible(character: char) -> bool {
    if character.is_ascii() {
        return character.is_ascii_graphic();
    }
    character.general_category_group() != GeneralCategoryGroup::Other
        && !matches!(
            character.general_category(),
            GeneralCategory::LineSeparator | GeneralCategory::ParagraphSeparator
        )
}

/// A sentence with its first letter in upper case.
#[must_use]
pub fn capitalized(sentence: &str) -> String {
    let mut characters = sentence.chars();
    characters
        .next()
        .map(|first| first.to_uppercase().chain(characters).collect())
        .unwrap_or_default()
}

/// Shows a refused argument in an error: cleaned, cut and in backticks.
pub struct Given<'a>(pub &'a str);

impl fmt::Display for Given<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match Text::fact(self.0) {
            Some(text) => write!(formatter, "`{text}`"),
            None => formatter.write_str("an empty text"),
        }
    }
}

impl fmt::Display for Text {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, formatter)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fact(raw: &str) -> Option<String> {
        Text::fact(raw).map(|text| text.to_string())
    }

    #[test]
    fn visible_text_in_any_script_stays_as_it_is() {
        for text in ["ChatGPT", "微信支付 9.90 元", "Überweisung – 5 €", "شكرا"] {
            assert_eq!(fact(text).as_deref(), Some(text));
        }
    }

    #[test]
    fn invisible_characters_go_and_white_space_folds() {
        assert_eq!(fact("\u{1b}[31mred\u{1b}[0m"), Some("[31mred[0m".into()));
        assert_eq!(fact("a\u{202e}b\u{200b}c\u{feff}d\u{e0041}"), Some("abcd".into()));
        assert_eq!(fact("  one\r\n\ttwo\u{2028}three  "), Some("one two three".into()));
    }

    #[test]
    fn nothing_visible_is_no_text() {
        for text in ["", "   ", "\u{0}\u{7}", "\u{200d}\u{2060}"] {
            assert_eq!(fact(text), None);
        }
    }

    #[test]
    fn long_text_is_cut_by_characters_and_says_so() {
        let cut = fact(&"价".repeat(100_000)).unwrap_or_default();
        assert_eq!(cut, format!("{}…", "价".repeat(FACT_CHARS)));
        assert_eq!(fact(&"x".repeat(FACT_CHARS)), Some("x".repeat(FACT_CHARS)));
        let spaced = fact(&"x ".repeat(100_000)).unwrap_or_default();
        assert!(
            spaced.ends_with("x…") && spaced.chars().count() <= FACT_CHARS + 1,
            "{spaced}"
        );
    }
}
