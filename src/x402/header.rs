//! The headers of X402: JSON in base64.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

/// Writes with padding, and reads with and without: wallets and servers differ.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Decodes a header's value, in the alphabet of base64 or in the one for URLs; `None` for anything else.
pub(crate) fn decode(value: &[u8]) -> Option<Vec<u8>> {
    let standard = value.trim_ascii().iter().map(|byte| match byte {
        b'-' => b'+',
        b'_' => b'/',
        other => *other,
    });
    BASE64.decode(standard.collect::<Vec<_>>()).ok()
}

/// Encodes a header's value, in the form that everybody reads.
pub(super) fn encode(json: &[u8]) -> String {
    BASE64.encode(json)
}

#[cfg(test)]
mod tests {
    use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
    use pretty_assertions::assert_eq;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_no_base64_is_refused() {
        for text in ["?", "a", "e30=e30=", "e3 0=", "{}"] {
            assert_eq!(decode(text.as_bytes()), None, "{text}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(10_000))]

        #[test]
        fn every_form_of_base64_is_read(bytes in any::<Vec<u8>>()) {
            for engine in [STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD] {
                let text = format!(" {}\t", engine.encode(&bytes));
                prop_assert_eq!(decode(text.as_bytes()), Some(bytes.clone()));
            }
            prop_assert_eq!(encode(&bytes), STANDARD.encode(&bytes));
        }

        #[test]
        fn any_bytes_are_decoded_or_refused(bytes in any::<Vec<u8>>()) {
            let _ = decode(&bytes);
        }
    }
}
