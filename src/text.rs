//! Text that somebody else wrote, made fit to show.
//!
//! Vocabulary: no I/O. Everything the platform or a caller says passes through here before it reaches a result, an
//! error or a log, so that no escape code, bidirectional override, invisible character or endless string gets out.
//! What has a grammar (a code, a currency, a time stamp) is read by it, and is not there when it does not fit:
//! [`Word`], [`Identifier`], [`Currency`], [`TimeStamp`]. A name goes into a sentence by [`Text::quoted`] alone.

mod closed;
mod quoted;

use std::fmt;

use icu_properties::props::{DefaultIgnorableCodePoint, GeneralCategory, GeneralCategoryGroup};
use icu_properties::{CodePointMapData, CodePointSetData};
use schemars::JsonSchema;
use serde::Serialize;

pub use self::closed::{Currency, Identifier, TimeStamp, Word};

/// How many characters of a short fact (a name, a state, a time stamp) are kept.
const FACT_CHARS: usize = 120;

/// How many characters of a sentence (what the platform said went wrong) are kept.
const SENTENCE_CHARS: usize = 300;

/// Characters that Unicode counts as visible, and that show nothing: the empty Braille pattern, the null notehead, the
/// Khitan filler, and the place of an object.
const BLANK: [char; 4] = ['\u{2800}', '\u{1d159}', '\u{16fe4}', '\u{fffc}'];

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

    /// The text as a name in a sentence: in quotation marks, at most 60 characters, and without anything that looks like a
    /// link or like markup, so that it cannot end its quotation and go on as the sentence.
    #[must_use]
    pub fn quoted(&self) -> String {
        quoted::quoted(self)
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

/// Whether a character may be shown: no controls, formats (bidirectional, zero-width, tags), private use or unassigned
/// code points, nothing that Unicode lets a font leave out (fillers, variation selectors), nothing blank, and no line or
/// paragraph separators.
fn is_visible(character: char) -> bool {
    if character.is_ascii() {
        return character.is_ascii_graphic();
    }
    let category = CodePointMapData::<GeneralCategory>::new().get(character);
    !GeneralCategoryGroup::Other.contains(category)
        && !GeneralCategoryGroup::Separator.contains(category)
        && !CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(character)
        && !BLANK.contains(&character)
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

/// Shows a refused argument in an error: cleaned, cut and in backticks, which it cannot close.
pub struct Given<'a>(pub &'a str);

impl fmt::Display for Given<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match Text::fact(self.0) {
            Some(text) => write!(formatter, "`{}`", text.0.replace('`', "'")),
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
    use proptest::prelude::*;

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
    fn what_a_font_may_leave_out_goes() {
        let ignorable = [
            '\u{ad}',
            '\u{34f}',
            '\u{61c}',
            '\u{115f}',
            '\u{1160}',
            '\u{17b4}',
            '\u{17b5}',
            '\u{180b}',
            '\u{180e}',
            '\u{180f}',
            '\u{2065}',
            '\u{206a}',
            '\u{3164}',
            '\u{fe00}',
            '\u{fe0f}',
            '\u{ffa0}',
            '\u{fff0}',
            '\u{1bca0}',
            '\u{1d173}',
            '\u{e0001}',
            '\u{e0020}',
            '\u{e007f}',
            '\u{e0100}',
            '\u{e01ef}',
            '\u{e0fff}',
        ];
        for character in ignorable.into_iter().chain(BLANK) {
            assert_eq!(fact(&format!("a{character}b")), Some("ab".into()), "{character:?}");
            assert_eq!(fact(&character.to_string()), None, "{character:?}");
        }
    }

    #[test]
    fn an_argument_does_not_close_its_backticks() {
        assert_eq!(Given("a` is fine. `b").to_string(), "`a' is fine. 'b`");
        assert_eq!(Given("\u{3164}").to_string(), "an empty text");
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

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(10_000))]

        #[test]
        fn no_text_whatever_brings_out_what_cannot_be_seen(
            raw in prop_oneof![".*", "[ -~\u{2000}-\u{2fff}\u{e0000}-\u{e0fff}\u{180b}\u{3164}\u{fe0f}]{0,400}"],
        ) {
            for (text, most) in [(Text::fact(&raw), FACT_CHARS), (Text::sentence(&raw), SENTENCE_CHARS)] {
                let Some(text) = text else { continue };
                prop_assert!((1..=most + 1).contains(&text.as_str().chars().count()));
                prop_assert!(text.as_str().chars().all(|character| character == ' ' || is_visible(character)));
                prop_assert!(!text.as_str().contains("  "));
                prop_assert_eq!(text.as_str().trim(), text.as_str());
                prop_assert_eq!(Text::sentence(text.as_str()), Some(text));
            }
        }
    }
}
