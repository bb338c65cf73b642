//! Payment attempts as a terminal shows them: a table, or everything that is known of each.

use std::fmt::Write as _;

use jiff::Timestamp;

use crate::journal::{Attempt, Front, How, UnixMillis};
use crate::text::Text;
use crate::x402::Network;

/// The names of the table's columns.
const HEAD: [&str; 7] = ["when", "order", "how", "amount", "payee", "outcome", "transaction"];

/// Which columns hold ids, whose middle may be left out.
const IDS: [bool; 7] = [false, true, false, false, true, false, true];

/// How short an id may become.
const SHORTEST: usize = 7;

/// What is between two columns.
const GAP: &str = "  ";

/// A table of so many columns of letters at most, with ids cut in their middle where it would be wider; `None` where it does not
/// fit all the same.
pub(super) fn table(attempts: &[Attempt], width: Option<usize>) -> Option<String> {
    let mut rows = vec![HEAD.map(str::to_owned)];
    rows.extend(attempts.iter().map(row));
    let mut widths = HEAD.map(length);
    for cells in &rows {
        for (width, cell) in widths.iter_mut().zip(cells) {
            *width = length(cell).max(*width);
        }
    }
    if let Some(width) = width {
        fit(&mut widths, width)?;
    }
    let mut table = String::new();
    for cells in &rows {
        let line: Vec<_> = cells
            .iter()
            .zip(widths)
            .map(|(cell, width)| format!("{:<width$}", shortened(cell, width)))
            .collect();
        table.push_str(line.join(GAP).trim_end());
        table.push('\n');
    }
    Some(table)
}

/// Everything that is known of an attempt, a line a fact.
pub(super) fn record(attempt: &Attempt) -> String {
    let Attempt {
        payment,
        signed,
        receipt,
        ..
    } = attempt;
    let receipt = receipt.clone().unwrap_or_default();
    let text = |text: &Option<Text>| text.as_ref().map(|text| text.as_str().to_owned());
    let network = receipt.network.or_else(|| signed.network.clone());
    let network = network.map(|id| Network::read(id.as_str()).map_or(id.to_string(), |known| known.label().to_owned()));
    let facts = [
        ("outcome", Some(attempt.outcome.to_string())),
        ("because", text(&attempt.code)),
        ("order", Some(payment.order.to_string())),
        ("platform", Some(payment.platform.clone())),
        ("price", price(attempt)),
        ("network", network),
        ("payee", text(&signed.payee)),
        ("payer", text(&receipt.payer).or_else(|| text(&signed.payer))),
        ("transaction", text(&receipt.transaction)),
        ("sent", attempt.sent_at.map(seconds)),
        ("ended", attempt.ended_at.map(seconds)),
        (
            "valid until",
            signed.valid_before.map(UnixMillis::of_seconds).map(seconds),
        ),
        (
            "made by",
            Some(format!(
                "process {}, for {}",
                attempt.process,
                match attempt.front {
                    Front::Mcp => "an assistant",
                    Front::Terminal => "a terminal",
                }
            )),
        ),
    ];
    let mut lines = format!("{}  {}, {}\n", seconds(attempt.begun_at), amount(attempt), how(attempt));
    for (name, fact) in facts {
        if let Some(fact) = fact {
            // Into a `String` this cannot fail.
            let _ = writeln!(lines, "  {name:<12}{fact}");
        }
    }
    lines
}

fn row(attempt: &Attempt) -> [String; 7] {
    let text = |text: Option<&Text>| text.map_or("-".to_owned(), ToString::to_string);
    let transaction = attempt
        .receipt
        .as_ref()
        .and_then(|receipt| receipt.transaction.as_ref());
    [
        seconds(attempt.begun_at),
        attempt.payment.order.to_string(),
        how(attempt),
        amount(attempt),
        text(attempt.signed.payee.as_ref()),
        attempt.outcome.to_string(),
        text(transaction),
    ]
}

/// The way to pay, or that something was signed.
fn how(attempt: &Attempt) -> String {
    match (&attempt.how, &attempt.payment.pay_way) {
        (How::Signed, _) => "signed".to_owned(),
        (How::Link, Some(way)) => way.as_str().to_owned(),
        (How::Link, None) => "free".to_owned(),
    }
}

/// What was signed; without that, the price.
fn amount(attempt: &Attempt) -> String {
    let signed = &attempt.signed;
    let Some(amount) = &signed.amount else {
        return price(attempt).unwrap_or_else(|| "-".to_owned());
    };
    let known = signed
        .network
        .as_ref()
        .and_then(|network| Network::read(network.as_str()));
    match &signed.asset {
        Some(asset) if known.is_some_and(|network| network.usdc() == asset.as_str()) => format!("{amount} USDC"),
        Some(asset) => format!("{amount} {asset}"),
        None => amount.to_string(),
    }
}

fn price(attempt: &Attempt) -> Option<String> {
    let price = attempt.payment.price.as_ref()?;
    Some(match &attempt.payment.currency {
        Some(currency) => format!("{price} {currency}"),
        None => price.to_string(),
    })
}

/// A time to the second.
pub(super) fn seconds(time: UnixMillis) -> String {
    let whole = Timestamp::from_second(time.0.div_euclid(1000));
    whole.map_or_else(|_| time.to_string(), |time| time.to_string())
}

/// Makes columns of ids narrower, the widest first, until the table has the width; `None` where it never has.
fn fit(widths: &mut [usize; 7], width: usize) -> Option<()> {
    let gaps = GAP.len() * (widths.len() - 1);
    while widths.iter().sum::<usize>() + gaps > width {
        let ids = widths.iter_mut().zip(IDS).zip(HEAD);
        let (widest, _) = ids
            .filter(|((width, is_id), name)| *is_id && **width > SHORTEST.max(length(name)))
            .map(|((width, _), name)| (width, name))
            .max_by_key(|(width, _)| **width)?;
        *widest -= 1;
    }
    Some(())
}

/// A text without its middle, where it is longer.
fn shortened(text: &str, width: usize) -> String {
    let length = length(text);
    if length <= width {
        return text.to_owned();
    }
    let kept = width.saturating_sub(1);
    let end = kept / 2;
    let begin: String = text.chars().take(kept - end).collect();
    let rest: String = text.chars().skip(length - end).collect();
    format!("{begin}…{rest}")
}

fn length(text: &str) -> usize {
    text.chars().count()
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;
    use crate::commands::history::tests::{link, signed};

    #[test]
    fn a_table_is_whole_in_a_file_and_has_its_ids_cut_in_a_terminal() {
        let attempts = [signed(), link()];
        assert_eq!(
            table(&attempts, None).unwrap(),
            "\
when                  order                                 how     amount     payee                                       outcome  transaction
2026-11-18T11:06:40Z  a1b2c3d4-e5f6-7890-abcd-ef1234567890  signed  1.20 USDC  0x209693Bc6afc0C5328bA36FaF03C514EF312287C  charged  0xc0ffee00c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00
2026-11-18T11:05:00Z  a1b2c3d4-e5f6-7890-abcd-ef1234567890  STRIPE  9.90 USD   -                                           offered  -
"
        );
        assert_eq!(
            table(&attempts, Some(100)).unwrap(),
            "\
when                  order             how     amount     payee            outcome  transaction
2026-11-18T11:06:40Z  a1b2c3d4…4567890  signed  1.20 USDC  0x20969…312287C  charged  0xc0ffe…0ffee00
2026-11-18T11:05:00Z  a1b2c3d4…4567890  STRIPE  9.90 USD   -                offered  -
"
        );
        for width in 80..250 {
            let table = table(&attempts, Some(width)).unwrap();
            assert!(table.lines().all(|line| length(line) <= width), "{table}");
        }
        assert_eq!(table(&attempts, Some(60)), None);
    }

    #[test]
    fn a_record_tells_how_much_to_whom_and_by_which_transaction() {
        assert_eq!(
            record(&signed()),
            "\
2026-11-18T11:06:40Z  1.20 USDC, signed
  outcome     charged
  order       a1b2c3d4-e5f6-7890-abcd-ef1234567890
  platform    platform.acedata.cloud
  price       1.20 USD
  network     Base
  payee       0x209693Bc6afc0C5328bA36FaF03C514EF312287C
  payer       0x7e5f4552091a69125d5dfcb7b8c2659029395bdf
  transaction 0xc0ffee00c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00
  sent        2026-11-18T11:06:41Z
  ended       2026-11-18T11:06:45Z
  valid until 2026-11-18T11:08:40Z
  made by     process 7, for an assistant
"
        );
    }
}
