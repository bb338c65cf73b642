//! Lines of bounded length, read so that nothing is lost when a read is dropped half-way.

use std::io;

use tokio::io::{AsyncBufReadExt as _, AsyncRead, BufReader};

use super::fields::Fields;

/// A line, without its end. The last one of the input may have none.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Line<'a> {
    /// All of it.
    Whole(&'a [u8]),
    /// It was too long to be kept; what was seen of its fields.
    TooLong(Fields),
}

/// The lines of an input.
#[derive(Debug)]
pub(super) struct Lines<R> {
    input: BufReader<R>,
    longest: usize,
    line: Vec<u8>,
    /// The fields of the line, once it is too long to be kept.
    too_long: Option<Fields>,
    /// Whether the line is read to its end, and the next one begins.
    is_read: bool,
}

impl<R: AsyncRead + Unpin> Lines<R> {
    /// Lines of `longest` bytes at most are kept.
    pub(super) fn new(input: R, longest: usize) -> Self {
        Self {
            input: BufReader::new(input),
            longest,
            line: Vec::new(),
            too_long: None,
            is_read: false,
        }
    }

    /// The next line; `None` at the end of the input. Dropping the future loses nothing: the next call reads on.
    ///
    /// # Errors
    /// When the input cannot be read.
    pub(super) async fn next(&mut self) -> io::Result<Option<Line<'_>>> {
        if std::mem::take(&mut self.is_read) {
            self.line.clear();
        }
        let has_end = self.read().await?;
        self.is_read = true;
        Ok(match self.too_long.take() {
            Some(fields) => Some(Line::TooLong(fields)),
            None if has_end || !self.line.is_empty() => Some(Line::Whole(&self.line)),
            None => None,
        })
    }

    /// Reads to the end of the line, or of the input; whether it was the line's.
    async fn read(&mut self) -> io::Result<bool> {
        loop {
            // From here on nothing waits: no byte is taken twice, and none is lost.
            let available = self.input.fill_buf().await?;
            if available.is_empty() {
                return Ok(false);
            }
            let end = available.iter().position(|byte| *byte == b'\n');
            let (part, _) = available.split_at(end.unwrap_or(available.len()));
            if let Some(fields) = &mut self.too_long {
                fields.read(part);
            } else if self.line.len() + part.len() > self.longest {
                let fields = self.too_long.insert(Fields::of(&self.line));
                fields.read(part);
                self.line = Vec::new();
            } else {
                self.line.extend_from_slice(part);
            }
            let taken = part.len() + usize::from(end.is_some());
            self.input.consume(taken);
            if end.is_some() {
                return Ok(true);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use pretty_assertions::assert_eq;
    use tokio::io::AsyncWriteExt as _;
    use tokio::time::timeout;

    use super::*;

    async fn read(input: &str, longest: usize) -> Vec<Result<String, Box<Fields>>> {
        let mut lines = Lines::new(input.as_bytes(), longest);
        let mut read = Vec::new();
        while let Some(line) = lines.next().await.unwrap() {
            read.push(match line {
                Line::Whole(bytes) => Ok(String::from_utf8(bytes.to_vec()).unwrap()),
                Line::TooLong(fields) => Err(Box::new(fields)),
            });
        }
        assert_eq!(lines.next().await.unwrap(), None);
        read
    }

    fn whole(lines: &[&str]) -> Vec<Result<String, Box<Fields>>> {
        lines.iter().map(|line| Ok((*line).to_owned())).collect()
    }

    #[tokio::test]
    async fn every_line_counts_and_so_does_a_last_one_without_an_end() {
        assert_eq!(read("", 9).await, []);
        assert_eq!(read("\n", 9).await, whole(&[""]));
        assert_eq!(read("a\r\n\nb\n", 9).await, whole(&["a\r", "", "b"]));
        assert_eq!(read("a\nb", 9).await, whole(&["a", "b"]));
        assert_eq!(read("123456789\n123456789", 9).await, whole(&["123456789"; 2]));
    }

    #[tokio::test]
    async fn a_line_that_is_too_long_is_read_for_its_fields_and_the_next_one_is_whole() {
        // Longer than the buffer of the input, and shorter.
        for padding in [10_000, 10] {
            let long = format!(r#"{{"params":"{}","id":7}}"#, "x".repeat(padding));
            let expected = [Err(Box::new(Fields::of(long.as_bytes()))), Ok("next".to_owned())];
            assert_eq!(read(&format!("{long}\nnext"), 20).await, expected);
            let expected = [Ok("before".to_owned()), Err(Box::new(Fields::of(long.as_bytes())))];
            assert_eq!(read(&format!("before\n{long}"), 20).await, expected);
        }
    }

    #[tokio::test]
    async fn a_read_that_is_dropped_half_way_loses_nothing() {
        let (mut writer, reader) = tokio::io::duplex(64);
        let mut lines = Lines::new(reader, 9);
        for part in ["be", "gun", "\n"] {
            let early = timeout(Duration::from_millis(1), lines.next()).await;
            assert!(early.is_err(), "{early:?}");
            writer.write_all(part.as_bytes()).await.unwrap();
        }
        assert_eq!(lines.next().await.unwrap(), Some(Line::Whole(b"begun")));
    }
}
