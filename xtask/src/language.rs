//! The languages of the documents. The program speaks English; the Chinese of what it says is in a file for translators.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use anyhow::{Context as _, bail};

/// The file for translators.
const FILE: &str = "docs/translations.zh-CN.toml";

/// How the name of a Chinese document ends.
pub(crate) const CHINESE: &str = ".zh-CN.md";

/// English texts with their Chinese ones, and which of them were asked for.
#[derive(Debug)]
pub(crate) struct Translations {
    chinese: BTreeMap<String, String>,
    asked: RefCell<BTreeSet<String>>,
}

impl Translations {
    /// Those of a project.
    ///
    /// # Errors
    /// When there are none that can be read, or a text is translated twice.
    pub(crate) fn read(project: &Path) -> anyhow::Result<Self> {
        let text = fs::read_to_string(project.join(FILE)).context(FILE)?;
        Self::parse(&text).context(FILE)
    }

    fn parse(text: &str) -> anyhow::Result<Self> {
        let sections: BTreeMap<String, BTreeMap<String, String>> = toml::from_str(text)?;
        let mut chinese = BTreeMap::new();
        for (english, translation) in sections.into_values().flatten() {
            if chinese.insert(english.clone(), translation).is_some() {
                bail!("{english:?} is there twice");
            }
        }
        Ok(Self {
            chinese,
            asked: RefCell::default(),
        })
    }

    /// The texts that were asked for and have no translation, and the translations that nothing asked for.
    pub(crate) fn faults(&self) -> Vec<String> {
        let asked = self.asked.borrow();
        let missing = asked.iter().filter(|text| !self.chinese.contains_key(*text));
        let unused = self.chinese.keys().filter(|text| !asked.contains(*text));
        missing
            .map(|text| format!("{FILE}: there is no Chinese for {text:?}"))
            .chain(unused.map(|text| format!("{FILE}: nothing needs {text:?}")))
            .collect()
    }
}

/// The language of a document.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Language<'a> {
    English,
    Chinese(&'a Translations),
}

impl<'a> Language<'a> {
    /// The language of a document, by its name: `NAME.zh-CN.md` is Chinese.
    pub(crate) fn of(path: &str, translations: &'a Translations) -> Self {
        if path.ends_with(CHINESE) {
            Self::Chinese(translations)
        } else {
            Self::English
        }
    }

    /// An English text in this language; the text itself where there is no translation.
    pub(crate) fn say(self, english: &'a str) -> &'a str {
        match self {
            Self::Chinese(Translations { chinese, asked }) if !english.is_empty() => {
                asked.borrow_mut().insert(english.to_owned());
                chinese.get(english).map_or(english, String::as_str)
            }
            _ => english,
        }
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    #[test]
    fn a_chinese_document_says_the_translation_and_what_is_missing_or_unused_is_told() {
        let translations = Translations::parse("[a]\n\"yes\" = \"是\"\n[b]\n\"no\" = \"\"\"\n否\"\"\"\n").unwrap();
        let english = Language::of("docs/README.md", &translations);
        assert_eq!((english.say("yes"), english.say("other")), ("yes", "other"));
        let chinese = Language::of("README.zh-CN.md", &translations);
        assert_eq!(
            (chinese.say("yes"), chinese.say("other"), chinese.say("")),
            ("是", "other", "")
        );
        assert_eq!(
            translations.faults(),
            [
                "docs/translations.zh-CN.toml: there is no Chinese for \"other\"",
                "docs/translations.zh-CN.toml: nothing needs \"no\""
            ]
        );
        assert_eq!(chinese.say("no"), "否");
    }

    #[test]
    fn a_text_is_translated_once() {
        let twice = Translations::parse("[a]\n\"yes\" = \"是\"\n[b]\n\"yes\" = \"对\"\n");
        assert_eq!(twice.unwrap_err().to_string(), "\"yes\" is there twice");
    }
}
