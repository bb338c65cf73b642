//! What this process knows of X402 payments: the challenges it has seen, and the signed payments it has sent.
//!
//! A signed payment whose end is unknown may still charge the payer, so nothing else may be paid for that order until the
//! order is final or the signature has expired. Nothing here outlives the process.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use tokio::time::Instant;

use super::Failure;
use crate::order::{OrderId, OrderState};
use crate::x402::{Challenge, PaymentSignature, Receipt};

/// How many orders are remembered. Beyond that the one untouched for longest is forgotten, unless its payment is open.
const MOST: usize = 1000;

/// How long a signature counts as open that does not say when it expires. A Solana transaction lives for about a minute.
const USUAL_LIFE: Duration = Duration::from_secs(300);

/// How far the chain's clock may be behind ours.
const CLOCK_SKEW: Duration = Duration::from_secs(60);

/// The orders with X402 payments.
#[derive(Debug, Default)]
pub(super) struct Ledger(Mutex<HashMap<OrderId, Page>>);

/// What is known of one order.
#[derive(Debug)]
struct Page {
    challenge: Option<Challenge>,
    sent: Option<Sent>,
    touched: Instant,
}

/// A signed payment that was sent.
#[derive(Debug)]
struct Sent {
    signature: PaymentSignature,
    /// When it certainly can no longer be settled.
    dead_at: SystemTime,
    end: End,
}

/// How a signed payment ended, as far as it is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum End {
    /// The request is under way.
    UnderWay,
    /// The request has ended without a clear answer.
    Unknown,
    /// It was settled.
    Settled(Option<Receipt>),
    /// It failed, and nobody was charged; somebody has yet to be told why.
    Failed(Box<Failure>),
}

/// What the ledger says when something is to be paid for an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Admission {
    /// No signed payment is open: go ahead.
    Free,
    /// This same signed payment is open: look at the order, and do not send it again.
    Same,
    /// Another signed payment is open: nothing may be paid.
    InFlight,
    /// A signed payment has expired without a known end: look at the order first.
    LookFirst,
}

impl Ledger {
    /// Whether something may be paid for an order at `now`: by `signature`, or in any other way.
    pub(super) fn admit(&self, id: OrderId, signature: Option<&PaymentSignature>, now: SystemTime) -> Admission {
        let pages = self.pages();
        let Some(sent) = pages.get(&id).and_then(|page| page.sent.as_ref()) else {
            return Admission::Free;
        };
        match sent.end {
            End::Settled(_) | End::Failed(_) => Admission::Free,
            _ if signature == Some(&sent.signature) => Admission::Same,
            End::Unknown if sent.dead_at <= now => Admission::LookFirst,
            End::UnderWay | End::Unknown => Admission::InFlight,
        }
    }

    /// Remembers the challenge of an order.
    pub(super) fn challenged(&self, id: OrderId, challenge: &Challenge) {
        self.with_page(id, |page| page.challenge = Some(challenge.clone()));
    }

    /// The challenge of an order, where one was seen.
    pub(super) fn challenge(&self, id: OrderId) -> Option<Challenge> {
        self.pages().get(&id)?.challenge.clone()
    }

    /// Remembers a signed payment that is about to be sent.
    pub(super) fn sending(&self, id: OrderId, signature: &PaymentSignature, now: SystemTime) {
        let sent = Sent {
            signature: signature.clone(),
            dead_at: signature.expires_at().unwrap_or(now + USUAL_LIFE) + CLOCK_SKEW,
            end: End::UnderWay,
        };
        self.with_page(id, |page| page.sent = Some(sent));
    }

    /// Remembers how the signed payment of an order ended.
    pub(super) fn ended(&self, id: OrderId, end: End) {
        self.with_page(id, |page| {
            if let Some(sent) = &mut page.sent {
                sent.end = end;
            }
        });
    }

    /// How the signed payment of an order ended, where there is one and it may still matter at `now`: one that has expired
    /// without a known end is not worth waiting for.
    pub(super) fn end(&self, id: OrderId, now: SystemTime) -> Option<End> {
        let pages = self.pages();
        let sent = pages.get(&id)?.sent.as_ref()?;
        let is_dead = sent.end == End::Unknown && sent.dead_at <= now;
        (!is_dead).then(|| sent.end.clone())
    }

    /// Closes the page of an order that was seen in a state: a final one settles every question.
    pub(super) fn seen(&self, id: OrderId, state: &OrderState) {
        if let Some(page) = self.pages().get_mut(&id)
            && (state.is_paid() || state.is_final())
        {
            page.challenge = None;
            if let Some(sent) = &mut page.sent
                && matches!(sent.end, End::Unknown)
            {
                sent.end = End::Settled(None);
            }
        }
    }

    /// Forgets a failure that somebody has been told of.
    pub(super) fn told(&self, id: OrderId) {
        if let Some(page) = self.pages().get_mut(&id)
            && page
                .sent
                .as_ref()
                .is_some_and(|sent| matches!(sent.end, End::Failed(_)))
        {
            page.sent = None;
        }
    }

    fn with_page(&self, id: OrderId, change: impl FnOnce(&mut Page)) {
        let mut pages = self.pages();
        if pages.len() >= MOST && !pages.contains_key(&id) {
            let oldest = pages.iter().filter(|(_, page)| !page.is_open());
            if let Some(oldest) = oldest.min_by_key(|(_, page)| page.touched).map(|(id, _)| *id) {
                pages.remove(&oldest);
            }
        }
        let now = Instant::now();
        let page = pages.entry(id).or_insert(Page {
            challenge: None,
            sent: None,
            touched: now,
        });
        page.touched = now;
        change(page);
    }

    fn pages(&self) -> MutexGuard<'_, HashMap<OrderId, Page>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Page {
    fn is_open(&self) -> bool {
        self.sent
            .as_ref()
            .is_some_and(|sent| matches!(sent.end, End::UnderWay | End::Unknown))
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD as BASE64;
    use pretty_assertions::assert_eq;
    use serde_json::json;

    use super::*;

    const EXPIRY: Duration = Duration::from_secs(1_795_000_000);

    fn id(number: u32) -> OrderId {
        format!("a1b2c3d4-e5f6-7890-abcd-{number:012}").parse().unwrap()
    }

    fn signature(nonce: &str) -> PaymentSignature {
        let authorization = json!({"nonce": nonce, "validBefore": EXPIRY.as_secs().to_string()});
        let signed = json!({"x402Version": 1, "scheme": "exact", "network": "base",
            "payload": {"authorization": authorization}});
        BASE64.encode(signed.to_string()).try_into().unwrap()
    }

    fn at(seconds_after_expiry: i64) -> SystemTime {
        let seconds = EXPIRY.as_secs().checked_add_signed(seconds_after_expiry).unwrap();
        SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
    }

    #[test]
    fn while_a_signed_payment_is_open_nothing_else_may_be_paid() {
        let (ledger, first, second) = (Ledger::default(), signature("1"), signature("2"));
        let admit = |signature, now| ledger.admit(id(1), signature, now);
        assert_eq!(admit(Some(&first), at(-60)), Admission::Free);
        ledger.sending(id(1), &first, at(-60));
        for end in [End::UnderWay, End::Unknown] {
            ledger.ended(id(1), end);
            assert_eq!(admit(Some(&second), at(-50)), Admission::InFlight);
            assert_eq!(admit(None, at(59)), Admission::InFlight);
            assert_eq!(admit(Some(&first), at(-50)), Admission::Same);
            assert_eq!(ledger.admit(id(2), Some(&second), at(-50)), Admission::Free);
        }
    }

    #[test]
    fn an_expired_one_without_a_known_end_is_looked_at_first_unless_its_request_is_under_way() {
        let (ledger, first, second) = (Ledger::default(), signature("1"), signature("2"));
        ledger.sending(id(1), &first, at(-60));
        assert_eq!(ledger.admit(id(1), Some(&second), at(61)), Admission::InFlight);
        ledger.ended(id(1), End::Unknown);
        assert_eq!(ledger.admit(id(1), Some(&second), at(61)), Admission::LookFirst);
        assert_eq!(ledger.admit(id(1), None, at(61)), Admission::LookFirst);
        assert_eq!(
            (ledger.end(id(1), at(59)), ledger.end(id(1), at(61))),
            (Some(End::Unknown), None)
        );
    }

    #[test]
    fn one_that_does_not_say_when_it_expires_stays_open_for_a_while() {
        let signed =
            json!({"x402Version": 1, "scheme": "exact", "network": "solana", "payload": {"transaction": "AA=="}});
        let signature: PaymentSignature = BASE64.encode(signed.to_string()).try_into().unwrap();
        let ledger = Ledger::default();
        ledger.sending(id(1), &signature, at(0));
        ledger.ended(id(1), End::Unknown);
        assert_eq!(ledger.admit(id(1), None, at(359)), Admission::InFlight);
        assert_eq!(ledger.admit(id(1), None, at(360)), Admission::LookFirst);
    }

    #[test]
    fn a_final_order_or_a_clear_failure_ends_it() {
        let first = signature("1");
        let failure = Box::new(Failure::cancelled());
        let closings: [&dyn Fn(&Ledger); 4] = [
            &|ledger| ledger.seen(id(1), &OrderState::Finished),
            &|ledger| ledger.seen(id(1), &OrderState::Expired),
            &|ledger| ledger.ended(id(1), End::Failed(failure.clone())),
            &|ledger| ledger.ended(id(1), End::Settled(None)),
        ];
        for close in closings {
            let ledger = Ledger::default();
            ledger.sending(id(1), &first, at(-60));
            ledger.ended(id(1), End::Unknown);
            ledger.seen(id(1), &OrderState::Pending);
            assert_eq!(ledger.admit(id(1), None, at(-60)), Admission::InFlight);
            close(&ledger);
            assert_eq!(ledger.admit(id(1), None, at(-60)), Admission::Free);
        }
    }

    #[test]
    fn a_failure_is_kept_until_it_was_told() {
        let ledger = Ledger::default();
        let failed = End::Failed(Box::new(Failure::cancelled()));
        ledger.sending(id(1), &signature("1"), at(-60));
        ledger.told(id(1));
        assert_eq!(ledger.end(id(1), at(-60)), Some(End::UnderWay));
        ledger.ended(id(1), failed.clone());
        assert_eq!(ledger.end(id(1), at(3600)), Some(failed));
        ledger.told(id(1));
        assert_eq!(ledger.end(id(1), at(-60)), None);
    }

    #[tokio::test(start_paused = true)]
    async fn it_stays_small_and_never_forgets_an_open_payment() {
        let ledger = Ledger::default();
        let challenge = Challenge::read(&json!({"x402Version": 2, "accepts": [
            {"scheme": "exact", "network": "base", "amount": "1", "payTo": "0x1"}]}))
        .unwrap();
        ledger.sending(id(0), &signature("1"), at(-60));
        for number in 1..=2000 {
            tokio::time::advance(Duration::from_millis(1)).await;
            ledger.challenged(id(number), &challenge);
        }
        assert_eq!(ledger.pages().len(), MOST);
        assert_eq!(ledger.admit(id(0), None, at(-60)), Admission::InFlight);
        assert_eq!(
            (ledger.challenge(id(1)), ledger.challenge(id(2000))),
            (None, Some(challenge))
        );
    }
}
