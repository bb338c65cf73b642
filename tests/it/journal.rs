//! The journal of payment attempts: the same rules in a file and in a PostgreSQL database.
//!
//! `.ci/postgres cargo test journal` runs them all; without a database the half that needs one is skipped.

mod file;
pub mod places;
mod postgres;

use std::collections::BTreeSet;

use acedata_pay_mcp::journal::{
    Admission, Attempt, AttemptId, Ending, Front, Health, How, Intent, Journal, JournalError, LinkAttempt, Outcome,
    Payment, Receipt, Signed, UnixMillis,
};
use acedata_pay_mcp::order::{OrderId, OrderState, Surface};
use acedata_pay_mcp::pay_way::StatedPayWay;
use acedata_pay_mcp::text::Text;
use pretty_assertions::assert_eq;
use serde_json::json;

use self::places::{Place, everywhere};

const PLATFORM: &str = "platform.acedata.cloud";

fn order(number: u32) -> OrderId {
    format!("a1b2c3d4-e5f6-7890-abcd-{number:012}").parse().unwrap()
}

fn at(milliseconds: i64) -> UnixMillis {
    UnixMillis(1_795_000_000_000 + milliseconds)
}

fn payment(number: u32, pay_way: &str) -> Payment {
    Payment {
        platform: PLATFORM.to_owned(),
        order: order(number),
        pay_way: StatedPayWay::read(pay_way),
        surface: Some(Surface::try_from("native".to_owned()).unwrap()),
        price: Text::fact("12345678901234567.89"),
        currency: Text::fact("USD"),
    }
}

fn intent(number: u32, nonce: &str, begun_at: UnixMillis) -> Intent {
    Intent {
        payment: payment(number, "X402"),
        signed: Signed {
            amount: Text::fact("1.20"),
            asset: Text::fact("USDC"),
            network: Text::fact("eip155:8453"),
            payee: Text::fact("0x209693Bc6afc0C5328bA36FaF03C514EF312287C"),
            payer: Text::fact("0x7e5f4552091a69125d5dfcb7b8c2659029395bdf"),
            nonce: Text::fact(nonce),
            valid_after: Some(0),
            valid_before: Some(1_795_000_120),
            payload_hash: Text::fact("9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"),
        },
        begun_at,
    }
}

fn ending(outcome: Outcome, at: UnixMillis) -> Ending {
    Ending {
        outcome,
        code: None,
        receipt: None,
        at,
    }
}

async fn admitted(journal: &Journal, intent: &Intent) -> AttemptId {
    match journal.admit_signed(intent).await.unwrap() {
        Admission::Admitted(id) => id,
        Admission::Held(by) => panic!("held by {by:?}"),
    }
}

async fn held(journal: &Journal, intent: &Intent) -> Attempt {
    match journal.admit_signed(intent).await.unwrap() {
        Admission::Admitted(id) => panic!("{id} was admitted"),
        Admission::Held(by) => *by,
    }
}

#[tokio::test]
async fn a_signed_attempt_holds_its_order_from_its_intent_until_it_has_certainly_not_charged() {
    everywhere(async |place| {
        let journal = place.journal();
        let (first, second) = (intent(1, "0x01", at(0)), intent(1, "0x02", at(500)));
        assert_eq!(journal.holder(PLATFORM, order(1)).await, Ok(None));
        let id = admitted(&journal, &first).await;
        let begun = Attempt {
            id,
            how: How::Signed,
            payment: first.payment.clone(),
            signed: first.signed.clone(),
            outcome: Outcome::Begun,
            code: None,
            receipt: None,
            begun_at: at(0),
            sent_at: None,
            ended_at: None,
            program: Text::fact(env!("CARGO_PKG_VERSION")),
            process: std::process::id(),
            front: Front::Mcp,
        };
        assert_eq!(held(&journal, &second).await, begun);
        let sent = Attempt {
            outcome: Outcome::Sent,
            sent_at: Some(at(10)),
            ..begun
        };
        assert_eq!(journal.mark_sent(id, at(10)).await.as_ref(), Ok(&sent));
        assert_eq!(held(&journal, &second).await, sent);
        let unknown = Attempt {
            outcome: Outcome::Unknown,
            code: Text::fact("timeout"),
            ended_at: Some(at(20)),
            ..sent
        };
        let no_answer = Ending {
            code: Text::fact("timeout"),
            ..ending(Outcome::Unknown, at(20))
        };
        assert_eq!(journal.end(id, no_answer).await.as_ref(), Ok(&unknown));
        assert_eq!(held(&journal, &second).await, unknown);
        // Another order, or the same one elsewhere, is another matter.
        admitted(&journal, &intent(2, "0x03", at(30))).await;
        let mut elsewhere = second.clone();
        elsewhere.payment.platform = "127.0.0.1:8402".to_owned();
        admitted(&journal, &elsewhere).await;
        let failed = Attempt {
            outcome: Outcome::Failed,
            ended_at: Some(at(40)),
            ..unknown
        };
        assert_eq!(
            journal.end(id, ending(Outcome::Failed, at(40))).await.as_ref(),
            Ok(&failed)
        );
        assert_eq!(journal.holder(PLATFORM, order(1)).await, Ok(None));
        assert_eq!(journal.latest(PLATFORM, order(1)).await, Ok(Some(failed)));
        admitted(&journal, &second).await;
    })
    .await;
}

#[tokio::test]
async fn of_fifty_tasks_in_two_journals_one_is_admitted() {
    everywhere(async |place| {
        let journals = [place.journal(), place.journal()];
        let tasks: Vec<_> = (0..50)
            .map(|number| {
                let journal = journals[number % 2].clone();
                let intent = intent(1, &format!("0x{number:02}"), at(0));
                tokio::spawn(async move { journal.admit_signed(&intent).await.unwrap() })
            })
            .collect();
        let (mut admitted, mut holders) = (Vec::new(), BTreeSet::new());
        for task in tasks {
            match task.await.unwrap() {
                Admission::Admitted(id) => admitted.push(id.to_string()),
                Admission::Held(by) => drop(holders.insert(by.id.to_string())),
            }
        }
        assert_eq!(admitted.len(), 1);
        assert_eq!(holders.into_iter().collect::<Vec<_>>(), admitted);
        assert_eq!(journals[0].history(None, 100).await.unwrap().len(), 1);
    })
    .await;
}

#[tokio::test]
async fn an_attempt_whose_process_has_died_still_holds_its_order() {
    everywhere(async |place| {
        for (number, is_sent) in [(1, false), (2, true)] {
            let journal = place.journal();
            let id = admitted(&journal, &intent(number, "0x01", at(0))).await;
            if is_sent {
                journal.mark_sent(id, at(1)).await.unwrap();
            }
            drop(journal);
            assert_eq!(held(&place.journal(), &intent(number, "0x02", at(9))).await.id, id);
        }
    })
    .await;
}

/// Brings a fresh attempt to an outcome.
async fn brought_to(journal: &Journal, number: u32, outcome: Outcome) -> AttemptId {
    let id = admitted(journal, &intent(number, "0x01", at(0))).await;
    if !matches!(outcome, Outcome::Begun | Outcome::NotSent) {
        journal.mark_sent(id, at(1)).await.unwrap();
    }
    if !matches!(outcome, Outcome::Begun | Outcome::Sent) {
        journal.end(id, ending(outcome, at(2))).await.unwrap();
    }
    id
}

#[tokio::test]
async fn an_attempt_comes_to_what_follows_and_to_nothing_else() {
    use Outcome::{Begun, Charged, Closed, Failed, NotSent, Offered, Released, Sent, Unknown};

    let allowed = |from, to| match from {
        Begun => matches!(to, NotSent | Charged | Closed | Released),
        Sent => matches!(to, NotSent | Unknown | Charged | Failed | Closed | Released),
        Unknown => matches!(to, Charged | Failed | Closed | Released),
        Closed | Released => to == Charged,
        Charged | Failed | NotSent | Offered => false,
    };
    everywhere(async |place| {
        let journal = place.journal();
        let mut number = 0;
        for from in [Begun, Sent, Unknown, Charged, Failed, NotSent, Closed, Released] {
            for to in Outcome::ALL.iter().copied() {
                number += 1;
                let id = brought_to(&journal, number, from).await;
                let ended = journal.end(id, ending(to, at(3))).await;
                let expected = if from == to || allowed(from, to) {
                    Ok(to)
                } else {
                    Err(JournalError::NotAllowed { from, to })
                };
                assert_eq!(ended.map(|attempt| attempt.outcome), expected, "{from} to {to}");
                let now = journal.latest(PLATFORM, order(number)).await.unwrap().unwrap();
                let is_changed = from != to && allowed(from, to);
                assert_eq!(now.outcome, if is_changed { to } else { from }, "{from} to {to}");
                let is_held = journal.holder(PLATFORM, order(number)).await.unwrap().is_some();
                assert_eq!(is_held, now.outcome.holds(), "{from} to {to}");
            }
            number += 1;
            let id = brought_to(&journal, number, from).await;
            let sent = journal.mark_sent(id, at(4)).await.map(|attempt| attempt.outcome);
            let expected = match from {
                Begun => Ok(Sent),
                from => Err(JournalError::NotAllowed { from, to: Sent }),
            };
            assert_eq!(sent, expected, "{from}");
        }
        let gone = admitted(&Place::file().journal(), &intent(1, "0x01", at(0))).await;
        let missing = JournalError::NoSuchAttempt(gone);
        assert_eq!(journal.mark_sent(gone, at(5)).await, Err(missing.clone()));
        assert_eq!(journal.end(gone, ending(Charged, at(5))).await, Err(missing));
    })
    .await;
}

#[tokio::test]
async fn the_same_knowledge_twice_changes_nothing_but_adds_the_receipt() {
    everywhere(async |place| {
        let journal = place.journal();
        let id = brought_to(&journal, 1, Outcome::Charged).await;
        let receipt = Receipt {
            transaction: Text::fact("0xabc"),
            network: Text::fact("eip155:8453"),
            payer: None,
        };
        let proven = Ending {
            receipt: Some(receipt.clone()),
            ..ending(Outcome::Charged, at(50))
        };
        let charged = journal.end(id, proven).await.unwrap();
        assert_eq!(
            (charged.ended_at, charged.receipt),
            (Some(at(2)), Some(receipt.clone()))
        );
        let other = Ending {
            receipt: Some(Receipt {
                transaction: Text::fact("0xdef"),
                network: None,
                payer: Text::fact("0x7e"),
            }),
            ..ending(Outcome::Charged, at(60))
        };
        let payer = Text::fact("0x7e");
        assert_eq!(
            journal.end(id, other).await.unwrap().receipt,
            Some(Receipt { payer, ..receipt })
        );
        let id = admitted(&journal, &intent(2, "0x01", at(0))).await;
        let sent = journal.mark_sent(id, at(1)).await;
        assert_eq!(journal.mark_sent(id, at(1)).await, sent);
    })
    .await;
}

#[tokio::test]
async fn the_state_of_an_order_ends_what_holds_it() {
    use Outcome::{Begun, Charged, Closed, Sent, Unknown};

    let other = OrderState::read("Shipped").unwrap();
    everywhere(async |place| {
        let journal = place.journal();
        let mut number = 0;
        for (state, outcome) in [
            (OrderState::Pending, None),
            (other.clone(), None),
            (OrderState::Paid, Some(Charged)),
            (OrderState::Finished, Some(Charged)),
            (OrderState::Expired, Some(Closed)),
            (OrderState::Failed, Some(Closed)),
            (OrderState::Refunded, Some(Closed)),
        ] {
            for from in [Begun, Sent, Unknown] {
                number += 1;
                let id = brought_to(&journal, number, from).await;
                let seen = journal
                    .order_final(PLATFORM, order(number), &state, at(9))
                    .await
                    .unwrap();
                let seen = seen.map(|attempt| (attempt.id, attempt.outcome, attempt.ended_at));
                assert_eq!(
                    seen,
                    outcome.map(|outcome| (id, outcome, Some(at(9)))),
                    "{state} from {from}"
                );
                if outcome.is_some() {
                    let again = journal.order_final(PLATFORM, order(number), &state, at(10)).await;
                    assert_eq!(again, Ok(None), "{state} from {from}");
                }
            }
            number += 1;
            brought_to(&journal, number, Charged).await;
            let seen = journal.order_final(PLATFORM, order(number), &state, at(9)).await;
            assert_eq!(seen, Ok(None), "{state}");
            let holder = journal.holder(PLATFORM, order(number)).await.unwrap().unwrap();
            assert_eq!(holder.outcome, Charged, "{state}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_person_can_release_an_order_unless_it_is_charged_and_a_late_charge_is_believed() {
    everywhere(async |place| {
        let journal = place.journal();
        assert_eq!(journal.release(PLATFORM, order(1), at(0)).await, Ok(None));
        let first = brought_to(&journal, 1, Outcome::Unknown).await;
        let released = journal.release(PLATFORM, order(1), at(3)).await.unwrap().unwrap();
        assert_eq!((released.id, released.outcome), (first, Outcome::Released));
        let second = brought_to(&journal, 1, Outcome::Sent).await;
        // It was made after all, while the second one is under way.
        let late = journal.end(first, ending(Outcome::Charged, at(4))).await.unwrap();
        assert_eq!(late.outcome, Outcome::Charged);
        assert_eq!(held(&journal, &intent(1, "0x03", at(5))).await.id, second);
        journal.end(second, ending(Outcome::Failed, at(6))).await.unwrap();
        assert_eq!(held(&journal, &intent(1, "0x03", at(7))).await.id, first);
        assert_eq!(journal.release(PLATFORM, order(1), at(8)).await, Ok(None));
        assert_eq!(
            held(&journal, &intent(1, "0x03", at(9))).await.outcome,
            Outcome::Charged
        );
    })
    .await;
}

#[tokio::test]
async fn links_hold_nothing_and_the_past_is_told_newest_first() {
    everywhere(async |place| {
        let journal = place.journal();
        for number in 1..=3 {
            let link = LinkAttempt {
                payment: payment(number % 2, "Stripe"),
                begun_at: at(i64::from(number)),
                ending: ending(Outcome::Offered, at(100)),
            };
            journal.record_link(&link).await.unwrap();
        }
        assert_eq!(journal.holder(PLATFORM, order(1)).await, Ok(None));
        let id = admitted(&journal, &intent(1, "0x01", at(10))).await;
        let begun = async |order, limit| {
            let history = journal.history(order, limit).await.unwrap();
            history.iter().map(|attempt| attempt.begun_at).collect::<Vec<_>>()
        };
        assert_eq!(begun(None, 10).await, [at(10), at(3), at(2), at(1)]);
        assert_eq!(begun(Some(order(1)), 2).await, [at(10), at(3)]);
        assert_eq!(begun(Some(order(9)), 2).await, []);
        let history = journal.history(Some(order(1)), 2).await.unwrap();
        let process = std::process::id();
        let program = env!("CARGO_PKG_VERSION");
        assert_eq!(
            json!(history),
            json!([
                {"id": id.to_string(), "how": "signed", "platform": PLATFORM, "order": order(1), "pay_way": "X402",
                    "surface": "native", "price": "12345678901234567.89", "currency": "USD", "amount": "1.20",
                    "asset": "USDC", "network": "eip155:8453", "payee": "0x209693Bc6afc0C5328bA36FaF03C514EF312287C",
                    "payer": "0x7e5f4552091a69125d5dfcb7b8c2659029395bdf", "nonce": "0x01", "valid_after": "1970-01-01T00:00:00Z",
                    "valid_before": "2026-11-18T11:08:40Z",
                    "payload_hash": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
                    "outcome": "begun", "begun_at": "2026-11-18T11:06:40.01Z", "program": program, "process": process,
                    "front": "mcp"},
                {"id": history[1].id.to_string(), "how": "link", "platform": PLATFORM, "order": order(1),
                    "pay_way": "STRIPE", "surface": "native", "price": "12345678901234567.89", "currency": "USD",
                    "outcome": "offered", "begun_at": "2026-11-18T11:06:40.003Z", "ended_at": "2026-11-18T11:06:40.1Z",
                    "program": program, "process": process, "front": "mcp"},
            ])
        );
    })
    .await;
}

#[tokio::test]
async fn what_was_told_is_remembered_for_a_month() {
    const MONTH: i64 = 30 * 24 * 3600 * 1000;

    everywhere(async |place| {
        let journal = place.journal();
        let told = async |number, word| journal.told(PLATFORM, order(number), word).await.unwrap();
        assert!(!told(1, "open_session").await);
        journal.tell(PLATFORM, order(1), "open_session", at(0)).await.unwrap();
        journal.tell(PLATFORM, order(1), "open_session", at(1)).await.unwrap();
        let reopened = place.journal();
        assert_eq!(reopened.told(PLATFORM, order(1), "open_session").await, Ok(true));
        assert!(!told(2, "open_session").await && !told(1, "other").await);
        journal
            .tell(PLATFORM, order(2), "open_session", at(MONTH))
            .await
            .unwrap();
        assert!(told(1, "open_session").await);
        journal
            .tell(PLATFORM, order(3), "open_session", at(MONTH + 1))
            .await
            .unwrap();
        assert!(!told(1, "open_session").await && told(2, "open_session").await);
    })
    .await;
}

#[tokio::test]
async fn looking_makes_nothing_and_a_check_counts() {
    everywhere(async |place| {
        let journal = place.journal();
        let nothing = Health {
            location: place.location.to_string(),
            exists: false,
            attempts: 0,
            open: 0,
            size: 0,
        };
        assert_eq!(journal.check().await, Ok(nothing.clone()));
        assert_eq!(journal.latest(PLATFORM, order(1)).await, Ok(None));
        assert_eq!(journal.history(None, 5).await, Ok(Vec::new()));
        assert_eq!(journal.told(PLATFORM, order(1), "x").await, Ok(false));
        assert_eq!(journal.release(PLATFORM, order(1), at(0)).await, Ok(None));
        assert!(!place.exists().await);
        for (number, outcome) in (1..).zip([Outcome::Begun, Outcome::Unknown, Outcome::Charged, Outcome::Failed]) {
            brought_to(&journal, number, outcome).await;
        }
        let health = place.journal().check().await.unwrap();
        assert!((1000..1_000_000).contains(&health.size), "{}", health.size);
        let counted = Health {
            exists: true,
            attempts: 4,
            open: 2,
            size: health.size,
            ..nothing
        };
        assert_eq!(health, counted);
    })
    .await;
}

#[tokio::test]
async fn what_was_begun_is_written_although_nobody_waits_for_it() {
    everywhere(async |place| {
        let journal = place.journal();
        let first = intent(1, "0x01", at(0));
        {
            let mut admission = std::pin::pin!(journal.admit_signed(&first));
            assert!(futures_util::poll!(&mut admission).is_pending());
        }
        let started = std::time::Instant::now();
        let holder = loop {
            if let Some(holder) = place.journal().holder(PLATFORM, order(1)).await.unwrap() {
                break holder;
            }
            assert!(started.elapsed().as_secs() < 10, "it was lost");
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        };
        assert_eq!(held(&journal, &intent(1, "0x02", at(1))).await, holder);
    })
    .await;
}

#[tokio::test]
async fn a_newer_journal_is_refused_and_used_again_once_it_fits() {
    everywhere(async |place: &Place| {
        brought_to(&place.journal(), 1, Outcome::Unknown).await;
        let journal = place.journal();
        place.execute("UPDATE acedata_pay_journal SET format = 2").await;
        let newer = JournalError::Newer { found: 2, known: 1 };
        assert_eq!(
            journal.admit_signed(&intent(1, "0x02", at(1))).await,
            Err(newer.clone())
        );
        assert_eq!(journal.holder(PLATFORM, order(1)).await, Err(newer.clone()));
        assert_eq!(journal.check().await, Err(newer));
        place.execute("UPDATE acedata_pay_journal SET format = 1").await;
        held(&journal, &intent(1, "0x02", at(1))).await;
    })
    .await;
}

#[tokio::test]
async fn a_lock_of_somebody_else_is_waited_for_and_then_told() {
    everywhere(async |place: &Place| {
        let journal = place.journal();
        brought_to(&journal, 1, Outcome::Unknown).await;
        let lock = place.lock().await;
        let refused = journal.admit_signed(&intent(2, "0x02", at(1))).await;
        assert_eq!(refused, Err(JournalError::Locked));
        drop(lock);
        admitted(&journal, &intent(2, "0x02", at(1))).await;
    })
    .await;
}
