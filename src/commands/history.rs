//! `history`: what the journal holds of attempts to pay.

use std::io;
use std::process::ExitCode;

use super::screen::Screen;
use super::{attempts, print, without_journal};
use crate::cli;
use crate::journal::{Attempt, Front, UnixMillis};
use crate::settings::Config;
use crate::setup;
use crate::text::Text;

/// Shows the newest attempts. The platform is not asked, and nothing is made that is not there.
///
/// # Errors
/// When a setting cannot be used, or stdout is closed.
pub async fn run(command: cli::History) -> anyhow::Result<ExitCode> {
    let config = Config::load(&command.settings)?;
    let journal = setup::journal(&config.target, config.journal.value, Front::Terminal);
    let attempts = match journal.history(command.order, command.limit).await {
        Ok(attempts) => attempts,
        Err(error) => return Ok(without_journal(&error)),
    };
    if command.json {
        print(format!("{}\n", serde_json::to_string_pretty(&attempts)?).as_bytes())?;
    } else if command.csv {
        print(&csv(&attempts)?)?;
    } else if attempts.is_empty() {
        print(format!("No attempt to pay is in the journal, {}.\n", journal.location()).as_bytes())?;
    } else {
        print(shown(&attempts, command.order.is_some()).as_bytes())?;
        more(attempts.len(), command.limit);
    }
    Ok(ExitCode::SUCCESS)
}

/// A table, or for one order, and where a table does not fit, everything that is known.
fn shown(attempts: &[Attempt], is_of_one: bool) -> String {
    #[expect(clippy::disallowed_methods, reason = "an operator command, not serving MCP")]
    let width = Screen::of(&io::stdout()).width();
    let table = (!is_of_one).then(|| attempts::table(attempts, width)).flatten();
    table.unwrap_or_else(|| attempts.iter().map(attempts::record).collect::<Vec<_>>().join("\n"))
}

#[expect(clippy::print_stderr, reason = "an operator command")]
fn more(shown: usize, limit: u32) {
    if u32::try_from(shown).is_ok_and(|shown| shown == limit) {
        eprintln!("hint: these are the newest {limit}; there may be more, up to `--limit 1000`");
    }
}

/// The attempts as comma-separated values, with the names that they have as JSON.
fn csv(attempts: &[Attempt]) -> anyhow::Result<Vec<u8>> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(COLUMNS)?;
    for attempt in attempts {
        writer.write_record(cells(attempt))?;
    }
    Ok(writer.into_inner().map_err(csv::IntoInnerError::into_error)?)
}

const COLUMNS: [&str; 28] = [
    "id",
    "how",
    "platform",
    "order",
    "pay_way",
    "surface",
    "price",
    "currency",
    "amount",
    "asset",
    "network",
    "payee",
    "payer",
    "nonce",
    "valid_after",
    "valid_before",
    "payload_hash",
    "outcome",
    "code",
    "receipt_transaction",
    "receipt_network",
    "receipt_payer",
    "begun_at",
    "sent_at",
    "ended_at",
    "program",
    "process",
    "front",
];

fn cells(attempt: &Attempt) -> [String; 28] {
    let Attempt { payment, signed, .. } = attempt;
    let receipt = attempt.receipt.clone().unwrap_or_default();
    let text = |text: &Option<Text>| text.as_ref().map(ToString::to_string).unwrap_or_default();
    let time = |time: Option<UnixMillis>| time.map(|time| time.to_string()).unwrap_or_default();
    let seconds = |seconds: Option<i64>| time(seconds.map(UnixMillis::of_seconds));
    [
        attempt.id.to_string(),
        attempt.how.to_string(),
        payment.platform.clone(),
        payment.order.to_string(),
        payment
            .pay_way
            .as_ref()
            .map(|way| way.as_str().to_owned())
            .unwrap_or_default(),
        payment
            .surface
            .as_ref()
            .map(|surface| surface.as_str().to_owned())
            .unwrap_or_default(),
        text(&payment.price),
        text(&payment.currency),
        text(&signed.amount),
        text(&signed.asset),
        text(&signed.network),
        text(&signed.payee),
        text(&signed.payer),
        text(&signed.nonce),
        seconds(signed.valid_after),
        seconds(signed.valid_before),
        text(&signed.payload_hash),
        attempt.outcome.to_string(),
        text(&attempt.code),
        text(&receipt.transaction),
        text(&receipt.network),
        text(&receipt.payer),
        attempt.begun_at.to_string(),
        time(attempt.sent_at),
        time(attempt.ended_at),
        text(&attempt.program),
        attempt.process.to_string(),
        attempt.front.to_string(),
    ]
}

#[cfg(test)]
pub(super) mod tests {
    use pretty_assertions::assert_eq;

    use super::*;
    use crate::journal::{AttemptId, How, Outcome, Payment, Receipt, Signed};
    use crate::pay_way::StatedPayWay;

    fn attempt(how: How, outcome: Outcome, begun_at: i64) -> Attempt {
        Attempt {
            id: AttemptId::default(),
            how,
            payment: Payment {
                platform: "platform.acedata.cloud".into(),
                order: "a1b2c3d4-e5f6-7890-abcd-ef1234567890".parse().unwrap(),
                pay_way: StatedPayWay::read("STRIPE"),
                surface: None,
                price: Text::fact("9.90"),
                currency: Text::fact("USD"),
            },
            signed: Signed::default(),
            outcome,
            code: None,
            receipt: None,
            begun_at: UnixMillis(begun_at),
            sent_at: None,
            ended_at: None,
            program: Text::fact("0.1.0"),
            process: 7,
            front: Front::Mcp,
        }
    }

    /// A link that was given.
    pub(in crate::commands) fn link() -> Attempt {
        attempt(How::Link, Outcome::Offered, 1_794_999_900_000)
    }

    /// A signed payment that has charged.
    pub(in crate::commands) fn signed() -> Attempt {
        let mut attempt = attempt(How::Signed, Outcome::Charged, 1_795_000_000_250);
        attempt.payment.pay_way = StatedPayWay::read("X402");
        attempt.payment.price = Text::fact("1.20");
        attempt.sent_at = Some(UnixMillis(1_795_000_001_999));
        attempt.ended_at = Some(UnixMillis(1_795_000_005_000));
        attempt.signed = Signed {
            amount: Text::fact("1.20"),
            asset: Text::fact("0x833589fCD6eDb6E08f4c7C32D4f71b54bdA02913"),
            network: Text::fact("eip155:8453"),
            payee: Text::fact("0x209693Bc6afc0C5328bA36FaF03C514EF312287C"),
            payer: Text::fact("0x7e5f4552091a69125d5dfcb7b8c2659029395bdf"),
            nonce: Text::fact("0x01"),
            valid_after: Some(0),
            valid_before: Some(1_795_000_120),
            payload_hash: Text::fact("9f86"),
        };
        attempt.receipt = Some(Receipt {
            transaction: Text::fact("0xc0ffee00c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00"),
            network: Text::fact("eip155:8453"),
            payer: None,
        });
        attempt
    }

    #[test]
    fn comma_separated_values_have_names_and_quotes_where_they_need_them() {
        let mut odd = link();
        odd.payment.currency = Text::fact("a \"b\", c");
        let csv = String::from_utf8(csv(&[signed(), odd]).unwrap()).unwrap();
        assert_eq!(
            csv,
            "\
id,how,platform,order,pay_way,surface,price,currency,amount,asset,network,payee,payer,nonce,valid_after,valid_before,payload_hash,outcome,code,receipt_transaction,receipt_network,receipt_payer,begun_at,sent_at,ended_at,program,process,front
00000000-0000-0000-0000-000000000000,signed,platform.acedata.cloud,a1b2c3d4-e5f6-7890-abcd-ef1234567890,X402,,1.20,USD,1.20,0x833589fCD6eDb6E08f4c7C32D4f71b54bdA02913,eip155:8453,0x209693Bc6afc0C5328bA36FaF03C514EF312287C,0x7e5f4552091a69125d5dfcb7b8c2659029395bdf,0x01,1970-01-01T00:00:00Z,2026-11-18T11:08:40Z,9f86,charged,,0xc0ffee00c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00,eip155:8453,,2026-11-18T11:06:40.25Z,2026-11-18T11:06:41.999Z,2026-11-18T11:06:45Z,0.1.0,7,mcp
00000000-0000-0000-0000-000000000000,link,platform.acedata.cloud,a1b2c3d4-e5f6-7890-abcd-ef1234567890,STRIPE,,9.90,\"a \"\"b\"\", c\",,,,,,,,,,offered,,,,,2026-11-18T11:05:00Z,,,0.1.0,7,mcp
"
        );
    }
}
