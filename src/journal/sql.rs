//! What is asked of a journal, in the SQL that SQLite and PostgreSQL have in common.
//!
//! The parameters `$1`, `$2`, … of a statement first appear in that order: SQLite takes them for names.

use super::JournalError;
use super::attempt::Outcome;
use super::row::Row;

/// The format that this program writes. A new column or a new word takes a new one.
pub(super) const FORMAT: i64 = 1;

/// The table that makes a database a journal.
pub(super) const MARK: &str = "acedata_pay_journal";

/// The tables and indexes.
pub(super) const SCHEMA: &str = "
CREATE TABLE acedata_pay_journal (format BIGINT NOT NULL);
CREATE TABLE acedata_pay_attempt (
    id TEXT PRIMARY KEY,
    platform TEXT NOT NULL,
    order_id TEXT NOT NULL,
    how TEXT NOT NULL,
    pay_way TEXT,
    surface TEXT,
    price TEXT,
    currency TEXT,
    amount TEXT,
    asset TEXT,
    network TEXT,
    payee TEXT,
    payer TEXT,
    nonce TEXT,
    valid_after BIGINT,
    valid_before BIGINT,
    payload_hash TEXT,
    outcome TEXT NOT NULL,
    code TEXT,
    receipt_transaction TEXT,
    receipt_network TEXT,
    receipt_payer TEXT,
    begun_at BIGINT NOT NULL,
    sent_at BIGINT,
    ended_at BIGINT,
    program TEXT NOT NULL,
    process BIGINT NOT NULL,
    front TEXT NOT NULL,
    holds BIGINT NOT NULL
);
CREATE UNIQUE INDEX acedata_pay_attempt_holds ON acedata_pay_attempt (platform, order_id) WHERE holds = 1;
CREATE INDEX acedata_pay_attempt_order ON acedata_pay_attempt (order_id);
CREATE TABLE acedata_pay_notice (
    platform TEXT NOT NULL,
    order_id TEXT NOT NULL,
    word TEXT NOT NULL,
    told_at BIGINT NOT NULL,
    PRIMARY KEY (platform, order_id, word)
);
INSERT INTO acedata_pay_journal (format) VALUES (1);
";

/// What is read of an attempt, in the order that `row.rs` reads it in.
macro_rules! columns {
    () => {
        "id, platform, order_id, how, pay_way, surface, price, currency, amount, asset, network, payee, payer, nonce, \
         valid_after, valid_before, payload_hash, outcome, code, receipt_transaction, receipt_network, receipt_payer, \
         begun_at, sent_at, ended_at, program, process, front"
    };
}

/// The journal's format.
pub(super) const READ_FORMAT: &str = "SELECT format FROM acedata_pay_journal";

/// Writes an attempt down, unless it is to hold its order and another one does, or has charged the payer.
///
/// A late charge does not hold (another attempt may by then), so it is looked for by itself.
pub(super) const INSERT: &str = concat!(
    "INSERT INTO acedata_pay_attempt (",
    columns!(),
    ", holds) SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, \
     $22, $23, $24, $25, $26, $27, $28, $29 \
     WHERE $29 = 0 OR NOT EXISTS (SELECT 1 FROM acedata_pay_attempt \
     WHERE platform = $2 AND order_id = $3 AND how = 'signed' AND outcome = 'charged') \
     ON CONFLICT DO NOTHING RETURNING ",
    columns!()
);

/// The signed attempt that holds an order.
pub(super) const HOLDER: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM acedata_pay_attempt WHERE platform = $1 AND order_id = $2 AND how = 'signed' \
     AND outcome IN ('begun', 'sent', 'unknown', 'charged') ORDER BY holds DESC, begun_at DESC LIMIT 1"
);

/// The newest attempt for an order.
pub(super) const LATEST: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM acedata_pay_attempt WHERE platform = $1 AND order_id = $2 ORDER BY begun_at DESC, id DESC LIMIT 1"
);

/// One attempt.
pub(super) const FIND: &str = concat!("SELECT ", columns!(), " FROM acedata_pay_attempt WHERE id = $1");

/// The newest attempts, of one order or of all.
pub(super) const HISTORY: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM acedata_pay_attempt WHERE $1 IS NULL OR order_id = $1 ORDER BY begun_at DESC, id DESC LIMIT $2"
);

/// How many attempts there are, and how many are open.
pub(super) const COUNT: &str = "SELECT COUNT(*), \
     COUNT(CASE WHEN how = 'signed' AND outcome IN ('begun', 'sent', 'unknown') THEN 1 END) FROM acedata_pay_attempt";

/// Marks an attempt as being sent.
pub(super) const MARK_SENT: &str = concat!(
    "UPDATE acedata_pay_attempt SET outcome = 'sent', sent_at = $1 WHERE id = $2 AND outcome = 'begun' RETURNING ",
    columns!()
);

/// Whether something was told of an order.
pub(super) const TOLD: &str =
    "SELECT told_at FROM acedata_pay_notice WHERE platform = $1 AND order_id = $2 AND word = $3";

/// Remembers that something was told of an order.
pub(super) const TELL: &str = "INSERT INTO acedata_pay_notice (platform, order_id, word, told_at) \
     VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING RETURNING told_at";

/// Forgets what was told long ago.
pub(super) const FORGET: &str = "DELETE FROM acedata_pay_notice WHERE told_at < $1";

/// Refuses a journal in another format.
pub(super) fn check_format(rows: Vec<Row>) -> Result<(), JournalError> {
    let found = rows.into_iter().next().map_or(Ok(0), |mut row| row.number())?;
    match found {
        FORMAT => Ok(()),
        found if found > FORMAT => Err(JournalError::Newer { found, known: FORMAT }),
        found => Err(JournalError::Damaged(format!("its format {found} is none"))),
    }
}

/// Ends an attempt, if it may come to that from where it is. What ceases to hold never holds again.
pub(super) fn end(outcome: Outcome) -> String {
    ending("id = $8", outcome)
}

/// Ends the signed attempt that holds an order, if it may come to that from where it is.
pub(super) fn end_holder(outcome: Outcome) -> String {
    ending(
        "platform = $8 AND order_id = $9 AND holds = 1 AND outcome <> 'charged'",
        outcome,
    )
}

fn ending(which: &str, outcome: Outcome) -> String {
    let before: Vec<_> = outcome.may_follow().iter().map(|word| format!("'{word}'")).collect();
    format!(
        "UPDATE acedata_pay_attempt SET outcome = $1, holds = holds * $2, code = COALESCE($3, code), \
         receipt_transaction = COALESCE(receipt_transaction, $4), receipt_network = COALESCE(receipt_network, $5), \
         receipt_payer = COALESCE(receipt_payer, $6), ended_at = CASE WHEN outcome = $1 THEN ended_at ELSE $7 END \
         WHERE {which} AND outcome IN ({}) RETURNING {}",
        before.join(", "),
        columns!()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parameters_of_every_statement_first_appear_in_their_order() {
        let ends = Outcome::ALL
            .iter()
            .flat_map(|outcome| [end(*outcome), end_holder(*outcome)]);
        let fixed = [INSERT, HOLDER, LATEST, FIND, HISTORY, MARK_SENT, TOLD, TELL, FORGET];
        for statement in fixed.map(str::to_owned).into_iter().chain(ends) {
            let mut seen: Vec<usize> = Vec::new();
            for part in statement.split('$').skip(1) {
                let number = part
                    .split(|character: char| !character.is_ascii_digit())
                    .next()
                    .unwrap();
                let number = number.parse().unwrap();
                if !seen.contains(&number) {
                    seen.push(number);
                }
            }
            assert_eq!(seen, (1..=seen.len()).collect::<Vec<_>>(), "{statement}");
            assert!(!seen.is_empty(), "{statement}");
        }
    }
}
