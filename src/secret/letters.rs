//! A text letter by letter, as it reads once the ways of writing a character are undone.

use std::ops::Range;

/// How often the ways of writing a character are undone: they can be wrapped in each other.
const DEPTH: usize = 4;

/// The letters of a text in lower case, each with its place in the text.
#[derive(Clone)]
pub(super) struct Letters(Vec<(char, Range<usize>)>);

impl Letters {
    /// The letters as they are written.
    pub(super) fn of(text: &str) -> Self {
        let letters = text.char_indices().flat_map(|(start, character)| {
            let place = start..start + character.len_utf8();
            character.to_lowercase().map(move |letter| (letter, place.clone()))
        });
        Self(letters.collect())
    }

    /// Every way to read a text: as it is written, and with percent, JSON and HTML escapes undone, once and again.
    pub(super) fn readings(text: &str) -> Vec<Self> {
        let mut readings = vec![Self::of(text)];
        if !text.contains(['%', '\\', '&']) {
            return readings;
        }
        for _ in 0..DEPTH {
            let Some(next) = readings.last().and_then(Self::unescaped) else {
                break;
            };
            readings.push(next);
        }
        readings
    }

    /// The ASCII letters and digits, and their places.
    pub(super) fn alphanumeric(&self) -> (Vec<u8>, Vec<Range<usize>>) {
        self.filtered(|byte| byte.is_ascii_alphanumeric().then_some(byte))
            .unzip()
    }

    /// A line of the characters in ASCII, each with its place; any white space is a space, and what cannot be seen is gone.
    pub(super) fn ascii(&self) -> (String, Vec<Range<usize>>) {
        self.filtered(|byte| match byte {
            b' ' | b'\t' | b'\n' | b'\r' => Some(b' '),
            byte => byte.is_ascii_graphic().then_some(byte),
        })
        .map(|(byte, place)| (char::from(byte), place))
        .unzip()
    }

    /// Where all of it is.
    pub(super) fn whole(&self) -> Range<usize> {
        0..self.0.last().map_or(0, |(_, place)| place.end)
    }

    fn filtered(&self, keep: impl Fn(u8) -> Option<u8>) -> impl Iterator<Item = (u8, Range<usize>)> {
        self.0
            .iter()
            .filter_map(move |(letter, place)| Some((keep(u8::try_from(*letter).ok()?)?, place.clone())))
    }

    /// The letters with one layer of escapes undone; `None` when there is none.
    fn unescaped(&self) -> Option<Self> {
        let mut letters = Vec::with_capacity(self.0.len());
        let mut rest = self.0.as_slice();
        while let Some(((letter, place), after)) = rest.split_first() {
            let Some((character, length)) = escape(rest) else {
                letters.push((*letter, place.clone()));
                rest = after;
                continue;
            };
            let (escaped, after) = rest.split_at(length.min(rest.len()));
            let end = escaped.last().map_or(place.end, |(_, last)| last.end);
            letters.extend(character.to_lowercase().map(|letter| (letter, place.start..end)));
            rest = after;
        }
        (letters.len() < self.0.len()).then_some(Self(letters))
    }
}

/// The character that an escape at the beginning of these letters stands for, and how many letters it takes.
fn escape(letters: &[(char, Range<usize>)]) -> Option<(char, usize)> {
    let at = |index: usize| letters.get(index).map(|(letter, _)| *letter);
    let hex = |from: usize, count: usize| {
        let digits: String = (from..from + count).filter_map(at).collect();
        let is_hex = digits.len() == count && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
        is_hex
            .then(|| u32::from_str_radix(&digits, 16).ok())
            .flatten()
            .map(|code| char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER))
    };
    match at(0)? {
        '%' => Some((hex(1, 2)?, 3)),
        '\\' => match at(1)? {
            'u' => Some((hex(2, 4)?, 6)),
            'x' => Some((hex(2, 2)?, 4)),
            'n' | 'r' | 't' | 'b' | 'f' => Some((' ', 2)),
            character => Some((character, 2)),
        },
        '&' => entity(letters),
        _ => None,
    }
}

/// The same for a character of HTML; one that has a name is no letter and no digit.
fn entity(letters: &[(char, Range<usize>)]) -> Option<(char, usize)> {
    const LONGEST: usize = 12;
    let written: String = letters
        .iter()
        .skip(1)
        .take(LONGEST)
        .map(|(letter, _)| *letter)
        .take_while(|letter| *letter != ';')
        .collect();
    let length = written.chars().count() + 2;
    if letters.get(length - 1).map(|(letter, _)| *letter) != Some(';') {
        return None;
    }
    let character = match written.strip_prefix('#') {
        Some(number) => {
            let code = match number.strip_prefix('x') {
                Some(digits) => u32::from_str_radix(digits, 16),
                None => number.parse(),
            };
            char::from_u32(code.ok()?)?
        }
        None if !written.is_empty() && written.bytes().all(|byte| byte.is_ascii_alphanumeric()) => ' ',
        None => return None,
    };
    Some((character, length))
}
