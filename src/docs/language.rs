//! The languages of the documents. The program speaks English; what it says has a translation beside it.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::path::Path;

use super::chinese::CHINESE;

/// A language, and what could not be said in it.
#[derive(Debug)]
pub(super) struct Language {
    is_chinese: bool,
    asked: RefCell<BTreeSet<String>>,
}

impl Language {
    /// The language of a document, by its name: `NAME.zh-CN.md` is Chinese.
    pub(super) fn of(file: &Path) -> Self {
        Self {
            is_chinese: file.to_str().is_some_and(|name| name.ends_with(".zh-CN.md")),
            asked: RefCell::default(),
        }
    }

    /// An English text in this language; the text itself where there is no translation.
    pub(super) fn say<'a>(&self, english: &'a str) -> &'a str {
        if !self.is_chinese || english.is_empty() {
            return english;
        }
        self.asked.borrow_mut().insert(english.to_owned());
        translation(english).unwrap_or(english)
    }

    /// The texts that were asked for and have no translation.
    pub(super) fn missing(&self) -> Vec<String> {
        let asked = self.asked.borrow();
        asked
            .iter()
            .filter(|text| translation(text).is_none())
            .cloned()
            .collect()
    }
}

fn translation(english: &str) -> Option<&'static str> {
    let found = CHINESE.iter().find(|(text, _)| *text == english);
    found.map(|(_, chinese)| *chinese)
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::super::tables::{REGIONS, region};
    use super::*;

    #[test]
    fn every_text_of_the_documents_has_a_translation_and_every_translation_a_text() {
        let chinese = Language::of(Path::new("README.zh-CN.md"));
        for name in REGIONS {
            assert!(region(name, &chinese).is_some(), "{name}");
        }
        let translated: BTreeSet<String> = CHINESE.iter().map(|(english, _)| (*english).to_owned()).collect();
        assert_eq!(chinese.asked.into_inner(), translated);
        assert_eq!(CHINESE.len(), translated.len());
    }

    #[test]
    fn a_document_that_is_not_chinese_is_english() {
        let english = Language::of(Path::new("docs/README.md"));
        assert_eq!((english.say("Meaning"), english.missing()), ("Meaning", vec![]));
    }
}
