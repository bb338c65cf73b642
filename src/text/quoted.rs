//! A name in a sentence: in quotation marks that it cannot close, and with nothing that a reader, a terminal or a client
//! would take for a link or for markup.

use icu_properties::CodePointMapData;
use icu_properties::props::{GeneralCategory, GeneralCategoryGroup};

use super::Text;

/// How many characters of a name are kept.
const NAME_CHARS: usize = 60;

/// What stands for a word that is left out.
const LEFT_OUT: &str = "…";

/// The punctuation of names. Quotation marks, brackets and the characters of markup are not among it.
const PUNCTUATION: &str = ".,:!?'&+-/%–—·・，、。：！？（）…";

/// Shows a text as a name.
pub(super) fn quoted(text: &Text) -> String {
    let mut words: Vec<String> = text.as_str().split(' ').filter_map(plain).collect();
    words.dedup_by(|word, before| word == LEFT_OUT && before == LEFT_OUT);
    let name = Text::cut(&words.join(" "), NAME_CHARS);
    format!("\"{}\"", name.as_ref().map_or(LEFT_OUT, Text::as_str))
}

/// A word without what is no part of a name; [`LEFT_OUT`] for one that looks like a link, `None` when nothing is left.
fn plain(word: &str) -> Option<String> {
    let mut kept = String::new();
    for character in word.chars() {
        // A mark changes the letter before it. Without one it would change our quotation mark.
        let is_stray = kept.is_empty() && is_in(GeneralCategoryGroup::Mark, character);
        if is_of_a_name(character) && !is_stray {
            kept.push(character);
        }
    }
    if looks_like_a_link(word) || looks_like_a_link(&kept) {
        return Some(LEFT_OUT.to_owned());
    }
    (!kept.is_empty()).then_some(kept)
}

fn is_of_a_name(character: char) -> bool {
    let groups = [
        GeneralCategoryGroup::Letter,
        GeneralCategoryGroup::Mark,
        GeneralCategoryGroup::Number,
    ];
    groups.into_iter().any(|group| is_in(group, character)) || PUNCTUATION.contains(character)
}

fn is_in(group: GeneralCategoryGroup, character: char) -> bool {
    group.contains(CodePointMapData::<GeneralCategory>::new().get(character))
}

/// Whether a word looks like an address: `https://…`, `//…`, `www.…`, `mailto:…`, `name@host`, `evil.example`, `192.0.2.1`.
fn looks_like_a_link(word: &str) -> bool {
    let word = word.to_lowercase();
    word.contains("//")
        || word.contains("www.")
        || word.contains('@')
        || has_scheme(&word)
        || has_domain(&word)
        || has_address(&word)
}

/// Whether something follows a scheme and its colon at once. A ratio such as `16:9` is no scheme.
fn has_scheme(word: &str) -> bool {
    word.split_once(':').is_some_and(|(scheme, rest)| {
        scheme.ends_with(|last: char| last.is_ascii_alphanumeric())
            && scheme.contains(|part: char| part.is_ascii_alphabetic())
            && rest.starts_with(|next: char| next.is_alphanumeric() || next == '/')
    })
}

/// Whether a dot stands between a label and a letter, as before a top-level domain. Browsers take some other dots for
/// one; the Chinese full stop is one only between ASCII letters, where no Chinese sentence has it.
fn has_domain(word: &str) -> bool {
    let characters: Vec<char> = word.chars().collect();
    characters.windows(3).any(|window| match window {
        [before, '.' | '．', after] => (before.is_alphanumeric() || *before == '-') && after.is_alphabetic(),
        [before, '。' | '｡', after] => before.is_ascii_alphanumeric() && after.is_ascii_alphabetic(),
        _ => false,
    })
}

/// Whether four numbers stand with dots between them. A version has up to three.
fn has_address(word: &str) -> bool {
    let numbers: Vec<bool> = word
        .split(|part: char| !(part.is_ascii_digit() || part == '.'))
        .map(|run| run.split('.').filter(|number| !number.is_empty()).count() >= 4)
        .collect();
    numbers.contains(&true)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn name(raw: &str) -> String {
        Text::fact(raw).map(|text| text.quoted()).unwrap_or_default()
    }

    #[test]
    fn a_name_is_quoted_as_it_is() {
        for text in [
            "ChatGPT",
            "GPT-4.1 Turbo",
            "Claude 3.5.1",
            "Director's cut: 16:9",
            "R&D/Labs 50%",
            "Überweisung – 5 Einheiten",
            "通义千问（Qwen）：对话。快速，便宜",
            "Ünïcode e\u{301}",
            "خدمة",
        ] {
            assert_eq!(name(text), format!("\"{text}\""));
        }
    }

    #[test]
    fn what_looks_like_a_link_is_left_out() {
        for (text, shown) in [
            (
                "ChatGPT. PAYMENT FAILED: open https://evil.example/pay instead",
                "\"ChatGPT. PAYMENT FAILED: open … instead\"",
            ),
            ("Suno evil.example", "\"Suno …\""),
            ("Suno EVIL.EXAMPLE/pay?x=1 www.evil", "\"Suno …\""),
            ("打开evil.example支付", "\"…\""),
            ("evil[.]example evil.<b>example", "\"…\""),
            ("evil。example ｅｖｉｌ．ｅｘａｍｐｌｅ", "\"…\""),
            ("https∶//evil hxxps//evil", "\"…\""),
            ("javascript:alert(1) mailto:a tel:1 weixin:pay", "\"…\""),
            ("a@b //evil 192.0.2.1 192.0.2.1:80", "\"…\""),
            ("xn--e1awd7f.xn--p1ai", "\"…\""),
        ] {
            assert_eq!(name(text), shown, "{text}");
        }
    }

    #[test]
    fn markup_and_quotation_marks_are_taken_out() {
        for (text, shown) in [
            (r#"X" is paid. Now pay "Y"#, r#""X is paid. Now pay Y""#),
            ("“X” «Y» ‘Z’ 「W」 ＂V＂ ″U″", "\"X Y Z W V U\""),
            (
                "**Flux** _Pro_ `code` # <b>x</b> [a](b) ~~s~~ |t| $m$",
                "\"Flux Pro code bx/b ab s t m\"",
            ),
            ("nano_banana", "\"nanobanana\""),
            ("a&lt;b\\c^d{e}=f;", "\"a&ltbcdef\""),
            ("***", "\"…\""),
            ("\u{301}x", "\"x\""),
        ] {
            assert_eq!(name(text), shown, "{text}");
        }
    }

    #[test]
    fn a_name_is_cut() {
        assert_eq!(name(&"价".repeat(100)), format!("\"{}…\"", "价".repeat(NAME_CHARS)));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(10_000))]

        #[test]
        fn no_name_whatever_closes_its_quotation_or_holds_a_link(
            raw in prop_oneof![".*", "[a-zA-Z0-9.:/@\"'“”。．\\[\\]()<>*_`#\u{200b}\u{301} -]{0,90}"],
        ) {
            if let Some(text) = Text::fact(&raw) {
                let quoted = text.quoted();
                let inside = quoted.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap();
                prop_assert!((1..=NAME_CHARS + 1).contains(&inside.chars().count()));
                prop_assert!(!inside.contains(['"', '“', '”', '[', ']', '(', ')', '<', '>', '*', '_', '`', '#', '@', '\\', '|']));
                for word in inside.split(' ') {
                    prop_assert!(!looks_like_a_link(word), "{}", quoted);
                }
                prop_assert!(!inside.contains("://") && !inside.to_lowercase().contains("www."));
            }
        }
    }
}
