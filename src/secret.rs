//! Secrets in text that somebody else wrote, and how they are kept out of everything that is shown.
//!
//! Vocabulary: no I/O. A secret is known by the name of its field ([`is_name`]), by its form (`sk_live_…`), or because it was
//! sent and an answer repeats it ([`Redactor`]). It is looked for in decoded text, without regard to case, in every way of
//! writing a character that is met in answers, and whatever stands between its letters.

mod letters;

use std::borrow::Cow;
use std::collections::{BTreeSet, HashSet};
use std::fmt;
use std::ops::Range;
use std::sync::{LazyLock, PoisonError, RwLock};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use regex_lite::Regex;

use self::letters::Letters;

/// What stands in the place of a secret.
pub(crate) const WITHHELD: &str = "[withheld]";

/// How many letters and digits of a secret in a row give it away.
const RUN: usize = 16;

/// The shortest text that can be a secret, in letters and digits.
const SHORTEST: usize = 6;

/// The longest secret that is looked for in base64 as well; longer ones are base64 themselves.
const LONGEST_ENCODED: usize = 256;

/// How many runs of secrets that were sent are kept before older ones are forgotten; a payment has about a thousand.
const KEPT: usize = 100_000;

/// What the names of fields end in that hold secrets, without what stands between words.
const NAMES: [&str; 7] = [
    "secret",
    "token",
    "key",
    "signature",
    "password",
    "credential",
    "bankdetail",
];

/// Words of which each form has one: looking for them is quicker than for the forms.
const MARKS: [&str; 10] = [
    "_secret",
    "_token",
    "_key",
    "_signature",
    "password",
    "credentials",
    "bank_details",
    "whsec_",
    "bearer",
    "platform-v1-",
];

/// The forms of secrets, in lower case.
///
/// Source: the platform's and Stripe's documentation; `Bearer` alone is a word of many error messages.
static FORMS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(concat!(
        r"[sr]k_(?:live|test)_[a-z0-9_-]+",
        r"|whsec_[a-z0-9_+/=-]+",
        r"|platform-v1-[a-z0-9_-]+",
        r"|[a-z0-9_-]*_secret_[a-z0-9_-]+",
        r#"|bearer[\s:="']+(?:[a-z0-9._~+/=-]{8,}|[a-z._~+/=-]*[0-9][a-z0-9._~+/=-]*)"#,
    ))
    .ok()
});

/// A secret's name and its value, as in `api_key=…`, in lower case.
static NAMED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(concat!(
        r"(?:[a-z0-9]+_(?:secret|token|key|signature|password)|password|credentials|bank_details)",
        r#"["']?\s*[:=]\s*["']?[^\s"',;&]+"#,
    ))
    .ok()
});

/// Whether a field's name says that it holds a secret, which never leaves this program.
pub(crate) fn is_name(field: &str) -> bool {
    let letters: String = field
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|letter| letter.to_ascii_lowercase())
        .collect();
    let singular = letters.strip_suffix('s').unwrap_or(&letters);
    NAMES.iter().any(|name| singular.ends_with(name))
}

/// Whether a text holds something in the form of a secret, or had a secret taken out.
pub(crate) fn is_in(text: &str) -> bool {
    text.contains(WITHHELD) || Letters::readings(text).iter().any(|reading| !forms(reading).is_empty())
}

/// The secrets that were sent, and must not be passed on if an answer repeats them.
#[derive(Default)]
pub(crate) struct Redactor {
    lasting: Runs,
    passing: RwLock<Generations>,
}

/// The runs of the secrets that were sent lately, and of those before.
#[derive(Default)]
struct Generations {
    young: Runs,
    old: Runs,
}

/// Everything that gives a secret away: its runs of letters and digits, in lower case.
#[derive(Default)]
struct Runs {
    runs: HashSet<Box<[u8]>>,
    lengths: BTreeSet<usize>,
}

impl Redactor {
    /// Takes these secrets out of every text, for good.
    pub(crate) fn of<'a>(secrets: impl IntoIterator<Item = &'a str>) -> Self {
        let mut lasting = Runs::default();
        for secret in secrets {
            lasting.add(secret);
        }
        Self {
            lasting,
            passing: RwLock::default(),
        }
    }

    /// Takes a secret out as well, until many others were sent.
    pub(crate) fn learn(&self, secret: &str) {
        let mut passing = self.passing.write().unwrap_or_else(PoisonError::into_inner);
        if passing.young.runs.len() > KEPT {
            passing.old = std::mem::take(&mut passing.young);
        }
        passing.young.add(secret);
    }

    /// A decoded text without secrets.
    pub(crate) fn text<'a>(&self, text: &'a str) -> Cow<'a, str> {
        if text.len() < SHORTEST {
            return Cow::Borrowed(text);
        }
        let passing = self.passing.read().unwrap_or_else(PoisonError::into_inner);
        let mut found = Vec::new();
        for reading in Letters::readings(text) {
            let (letters, places) = reading.alphanumeric();
            for runs in [&self.lasting, &passing.young, &passing.old] {
                found.extend(runs.found_in(&letters, &places));
            }
            found.extend(forms(&reading));
        }
        withheld(text, found)
    }

    /// JSON in which no text holds a secret, whatever the JSON is: names, values, and numbers as they were.
    ///
    /// A text that cannot be decoded becomes an empty one.
    pub(crate) fn json(&self, json: &str) -> String {
        let mut clean = String::with_capacity(json.len());
        let mut rest = json;
        while let Some((before, text)) = rest.split_once('"') {
            clean.push_str(before);
            let Some(end) = end_of_text(text) else {
                return clean;
            };
            let (written, after) = text.split_at(end);
            let text: String = serde_json::from_str(&format!("\"{written}\"")).unwrap_or_default();
            // Encoding a text cannot fail.
            clean.push_str(&serde_json::to_string(&self.text(&text)).unwrap_or_default());
            rest = after.strip_prefix('"').unwrap_or_default();
        }
        clean.push_str(rest);
        clean
    }
}

impl fmt::Debug for Redactor {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Redactor([REDACTED])")
    }
}

impl Runs {
    /// Adds a secret, and what it is in base64, wherever it begins there.
    fn add(&mut self, secret: &str) {
        self.add_text(secret);
        if secret.len() > LONGEST_ENCODED {
            return;
        }
        for before in 0..3 {
            let encoded = BASE64.encode(["\0".repeat(before).as_str(), secret].concat());
            // Both ends depend on what stands beside the secret.
            let inner = encoded.get(4..encoded.len().saturating_sub(4)).unwrap_or_default();
            if inner.len() >= RUN {
                self.add_text(inner);
            }
        }
    }

    fn add_text(&mut self, text: &str) {
        let (letters, _) = Letters::of(text).alphanumeric();
        if letters.len() < SHORTEST {
            return;
        }
        let length = letters.len().min(RUN);
        self.lengths.insert(length);
        // One letter again and again, as in the empty part of a transaction, gives nothing away.
        let telling = letters
            .windows(length)
            .filter(|run| run.iter().any(|letter| Some(letter) != run.first()));
        self.runs.extend(telling.map(Box::from));
    }

    /// Where runs of the secrets are.
    fn found_in(&self, letters: &[u8], places: &[Range<usize>]) -> Vec<Range<usize>> {
        let windows = self.lengths.iter().flat_map(|&length| {
            letters
                .windows(length)
                .zip(places.windows(length))
                .filter(|(run, _)| self.runs.contains(*run))
        });
        windows
            .filter_map(|(_, places)| Some(places.first()?.start..places.last()?.end))
            .collect()
    }
}

/// Where something in the form of a secret is.
fn forms(reading: &Letters) -> Vec<Range<usize>> {
    let (line, places) = reading.ascii();
    if !MARKS.iter().any(|mark| line.contains(mark)) && !line.contains("k_live_") && !line.contains("k_test_") {
        return Vec::new();
    }
    // The parameters of a link belong to it.
    let is_link = line.contains("://") && !line.contains(' ');
    let (Some(forms), Some(named)) = (&*FORMS, &*NAMED) else {
        return vec![reading.whole()];
    };
    let named = named.find_iter(&line).filter(|_| !is_link);
    let found = forms.find_iter(&line).chain(named).filter_map(|found| {
        let places = places.get(found.range())?;
        Some(places.first()?.start..places.last()?.end)
    });
    found.collect()
}

/// A text with [`WITHHELD`] in these places.
fn withheld(text: &str, mut places: Vec<Range<usize>>) -> Cow<'_, str> {
    if places.is_empty() {
        return Cow::Borrowed(text);
    }
    places.sort_by_key(|place| place.start);
    let mut clean = String::new();
    let mut end = 0;
    for place in places {
        if place.start > end || clean.is_empty() {
            clean.push_str(text.get(end..place.start).unwrap_or_default());
            clean.push_str(WITHHELD);
        }
        end = end.max(place.end);
    }
    clean.push_str(text.get(end..).unwrap_or_default());
    Cow::Owned(clean)
}

/// Where a JSON text ends, of which the opening quotation mark is taken off.
fn end_of_text(text: &str) -> Option<usize> {
    let mut escaped = false;
    text.bytes().position(|byte| {
        let ends = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        ends
    })
}

#[cfg(test)]
mod tests;
