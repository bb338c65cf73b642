//! QR codes: a link as a picture, or as text for a terminal.
//!
//! A service: a string becomes PNG bytes or lines of block characters, and a picture a file. Error correction M and a
//! quiet zone of four modules, as the QR code standard (ISO/IEC 18004) asks for.

mod folder;

use qrcode::types::{Color, EcLevel};

pub use self::folder::Folder;

/// The light border around a code, in modules.
const QUIET_ZONE: usize = 4;

/// How much of that border is left out of a code as text, in modules: each costs a letter of three bytes, and what reads
/// codes off screens needs less of it.
///
/// Source: `qrencode`, whose text codes have a border of two modules.
const TRIMMED: usize = 2;

/// About how wide a picture is, in pixels.
const PICTURE_WIDTH: usize = 400;

/// A QR code, its quiet zone included.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QrCode {
    /// Row by row: whether a module is dark.
    modules: Vec<bool>,
    width: usize,
}

/// The text is too long for a QR code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("too long for a QR code")]
pub struct TooLong;

impl QrCode {
    /// The QR code of a text.
    ///
    /// # Errors
    /// [`TooLong`] beyond what the largest code holds, about 2,300 bytes.
    pub fn new(text: &str) -> Result<Self, TooLong> {
        let code = qrcode::QrCode::with_error_correction_level(text, EcLevel::M).map_err(|_| TooLong)?;
        let inner = code.width();
        let width = inner + 2 * QUIET_ZONE;
        let colors = code.into_colors();
        let is_dark = |position: usize| {
            let (row, column) = (position / width, position % width);
            let (row, column) = (row.checked_sub(QUIET_ZONE)?, column.checked_sub(QUIET_ZONE)?);
            (column < inner)
                .then(|| colors.get(row * inner + column))
                .flatten()
                .copied()
        };
        let modules = (0..width * width)
            .map(|position| is_dark(position) == Some(Color::Dark))
            .collect();
        Ok(Self { modules, width })
    }

    /// A PNG picture, black on white, about 400 pixels wide.
    #[must_use]
    pub fn png(&self) -> Vec<u8> {
        let scale = (PICTURE_WIDTH / self.width).max(2);
        let side = self.width * scale;
        // One bit a pixel, 1 is white, each row padded to whole bytes.
        let mut pixels = Vec::with_capacity(side * side.div_ceil(8));
        for row in self.modules.chunks(self.width) {
            let bits: Vec<bool> = row.iter().flat_map(|dark| std::iter::repeat_n(!dark, scale)).collect();
            let bytes: Vec<u8> = bits.chunks(8).map(pack).collect();
            pixels.extend(bytes.repeat(scale));
        }
        encode(side, &pixels).unwrap_or_default()
    }

    /// Lines of block characters, two modules high each. Light modules are drawn, as suits a terminal with a dark
    /// background; on a light one the code is inverted, which scanners read too.
    #[must_use]
    pub fn text(&self) -> String {
        let kept = self.width - 2 * TRIMMED;
        let rows: Vec<_> = self
            .modules
            .chunks(self.width)
            .skip(TRIMMED)
            .take(kept)
            .filter_map(|row| row.get(TRIMMED..TRIMMED + kept))
            .collect();
        let mut text = String::new();
        for pair in rows.chunks(2) {
            let (upper, lower) = match pair {
                [upper, lower] => (*upper, Some(*lower)),
                [upper] => (*upper, None),
                _ => continue,
            };
            text.extend(upper.iter().enumerate().map(|(column, upper)| {
                // Below the last row there is more of the light border.
                let lower = lower.is_some_and(|lower| lower.get(column).copied().unwrap_or(false));
                match (upper, lower) {
                    (false, false) => '█',
                    (false, true) => '▀',
                    (true, false) => '▄',
                    (true, true) => ' ',
                }
            }));
            text.push('\n');
        }
        text
    }
}

/// A code's lines of block characters for a terminal that understands colours (ANSI escape codes): white on black,
/// whatever the terminal's background is.
#[must_use]
pub fn colored(text: &str) -> String {
    let colored = |line: &str| format!("\x1b[97;40m{line}\x1b[0m\n");
    text.lines().map(colored).collect()
}

/// Up to eight bits as a byte, the first one highest.
fn pack(bits: &[bool]) -> u8 {
    bits.iter()
        .enumerate()
        .fold(0, |byte, (index, bit)| byte | u8::from(*bit) << (7 - index))
}

fn encode(side: usize, pixels: &[u8]) -> Option<Vec<u8>> {
    let side = u32::try_from(side).ok()?;
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, side, side);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.set_depth(png::BitDepth::One);
    encoder.set_compression(png::Compression::High);
    let mut writer = encoder.write_header().ok()?;
    writer.write_image_data(pixels).ok()?;
    writer.finish().ok()?;
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    const LINKS: [&str; 3] = [
        "weixin://wxpay/bizpayurl?pr=abc123XYZ",
        "https://buy.stripe.com/test_28o5kD4Pz",
        "http://127.0.0.1:8402/checkout/00000000-0000-4000-8000-000000000001",
    ];

    /// What an independent decoder reads in a picture of so many pixels a side, dark where `is_dark` says so.
    fn decoded(side: usize, is_dark: impl Fn(usize, usize) -> bool) -> Vec<String> {
        let luminance = |x, y| if is_dark(x, y) { 0 } else { 255 };
        let mut picture = rqrr::PreparedImage::prepare_from_greyscale(side, side, luminance);
        picture
            .detect_grids()
            .iter()
            .map(|grid| grid.decode().unwrap().1)
            .collect()
    }

    #[test]
    fn a_picture_is_read_back_by_another_decoder_and_is_small() {
        for link in LINKS {
            let png = QrCode::new(link).unwrap().png();
            assert!(png.len() < 5_000, "{} bytes", png.len());
            let mut reader = png::Decoder::new(std::io::Cursor::new(&png)).read_info().unwrap();
            let mut rows = vec![0; reader.output_buffer_size().unwrap()];
            let info = reader.next_frame(&mut rows).unwrap();
            let side = info.width as usize;
            assert!((330..=400).contains(&side) && info.height == info.width, "{side}");
            let is_dark = |x: usize, y: usize| rows[y * info.line_size + x / 8] >> (7 - x % 8) & 1 == 0;
            assert_eq!(decoded(side, is_dark), [link]);
        }
    }

    #[test]
    fn the_text_is_read_back_from_a_dark_terminal_and_inverted_from_a_light_one() {
        for link in LINKS {
            let text = QrCode::new(link).unwrap().text();
            let lines: Vec<Vec<char>> = text.lines().map(|line| line.chars().collect()).collect();
            let width = lines[0].len();
            assert!(lines.iter().all(|line| line.len() == width), "{text}");
            // A cell is 8 pixels wide and 16 high, and its ink covers the whole, the upper or the lower half.
            let inked = |x: usize, y: usize| {
                let cell = lines
                    .get(y / 16)
                    .and_then(|line| line.get(x / 8))
                    .copied()
                    .unwrap_or(' ');
                matches!((cell, y % 16 < 8), ('█', _) | ('▀', true) | ('▄', false))
            };
            let side = width * 8;
            assert_eq!(
                decoded(side, |x, y| !inked(x, y)),
                [link],
                "light ink on a dark background"
            );
            let on_light = |x: usize, y: usize| inked(x, y);
            assert_eq!(decoded(side, |x, y| !on_light(x, y)), [link], "as a scanner inverts it");
        }
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        assert!(QrCode::new(&"x".repeat(2_000)).is_ok());
        assert_eq!(QrCode::new(&"x".repeat(3_000)), Err(TooLong));
    }
}
