//! What is shown on a terminal and not in a file: lines of its width, colours, and how long is waited.

use std::io::{self, IsTerminal};
use std::time::Duration;

use crate::qr;

/// Where a command writes: a terminal has a width and colours, a file or a pipe has neither.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Screen {
    width: Option<usize>,
}

impl Screen {
    /// What is behind an output.
    pub(crate) fn of(out: &impl IsTerminal) -> Self {
        Self {
            width: out.is_terminal().then(textwrap::termwidth),
        }
    }

    /// How many columns there are; `None` where there is no end to a line.
    pub(super) fn width(self) -> Option<usize> {
        self.width
    }

    /// A text broken between words to the width of a terminal, each line after an indent. A word that is too long, as a
    /// link can be, stays whole.
    pub(crate) fn wrapped(self, text: &str, indent: &str) -> String {
        match self.width {
            Some(width) => {
                let options = textwrap::Options::new(width)
                    .initial_indent(indent)
                    .subsequent_indent(indent)
                    .break_words(false)
                    .word_splitter(textwrap::WordSplitter::NoHyphenation);
                textwrap::fill(text, options)
            }
            None => format!("{indent}{text}"),
        }
    }

    /// A QR code's lines, in colours of their own where there are any.
    pub(crate) fn qr_code(self, text: &str) -> String {
        match self.width {
            Some(_) => qr::colored(text),
            None => text.to_owned(),
        }
    }
}

/// One line that says how long is waited, on a terminal only.
pub(super) struct ProgressLine {
    total: Duration,
    is_shown: bool,
}

impl ProgressLine {
    pub(super) fn new(total: Duration) -> Self {
        let is_shown = io::stderr().is_terminal();
        Self { total, is_shown }
    }

    #[expect(clippy::print_stderr, reason = "an operator command")]
    pub(super) fn show(&self, waited: Duration) {
        if self.is_shown {
            let (waited, total) = (waited.as_secs(), self.total.as_secs());
            eprint!("\r\x1b[KWaiting for the payment: {waited} of {total} s");
        }
    }

    #[expect(clippy::print_stderr, reason = "an operator command")]
    pub(super) fn clear(&self) {
        if self.is_shown {
            eprint!("\r\x1b[K");
        }
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    #[test]
    fn a_terminal_breaks_lines_between_words_and_keeps_links_whole() {
        let text = "Open http://127.0.0.1:8402/checkout/1 to pay, then check.";
        let on = |width| Screen { width };
        assert_eq!(
            on(Some(20)).wrapped(text, "  "),
            "  Open\n  http://127.0.0.1:8402/checkout/1\n  to pay, then\n  check."
        );
        assert_eq!(on(None).wrapped(text, "  "), format!("  {text}"));
        assert_eq!(
            (on(Some(80)).qr_code("█"), on(None).qr_code("█")),
            ("\x1b[97;40m█\x1b[0m\n".into(), "█".into())
        );
    }
}
