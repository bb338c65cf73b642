//! What this process knows of X402 payments: the challenges it has seen, and the signed payments it has sent.
//!
//! A signed payment whose end is unknown may still charge the payer, and one that has charged must not be made again, so
//! nothing else is paid for that order until the order is final or, where the end is unknown, the signature has expired.
//! Nothing here outlives the process.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use tokio::time::Instant;

use super::Failure;
use super::deadlines::SETTLEMENT_TIME;
use crate::order::{OrderId, OrderState};
use crate::x402::{Expiry, PaymentPayload, PaymentRequired, RequiredTerms, SettlementResponse};

/// How many orders are remembered. Beyond that the one untouched for longest is forgotten, unless its payment is open.
const MOST: usize = 1000;

/// How long a Solana transaction counts as open; it lives for about a minute.
const SOON: Duration = Duration::from_secs(300);

/// How far the chain's clock may be behind ours.
const CLOCK_SKEW: Duration = Duration::from_secs(60);

/// The orders with X402 payments.
#[derive(Debug, Default)]
pub(super) struct SignedPayments(Mutex<HashMap<OrderId, Page>>);

/// What is known of one order.
#[derive(Debug)]
struct Page {
    challenge: Option<RequiredTerms>,
    sent: Option<Sent>,
    touched: Instant,
}

/// A signed payment that was sent.
#[derive(Debug)]
struct Sent {
    signature: PaymentPayload,
    /// When it certainly can no longer be settled, if ever.
    dead_at: Option<SystemTime>,
    end: End,
    receipt: Option<SettlementResponse>,
    /// Whether the order was seen in a final state, so that the platform refuses whatever comes.
    is_over: bool,
}

/// How a signed payment ended, as far as it is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum End {
    /// The request is under way.
    UnderWay,
    /// The request has ended without a clear answer.
    Unknown,
    /// The payer was charged.
    Charged,
    /// It failed, and nobody was charged; somebody has yet to be told why.
    Failed(Box<Failure>),
}

/// What is said when something is to be paid for an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Admission {
    /// No signed payment is open: go ahead.
    Free,
    /// This same signed payment is open, or one has charged the payer: look at the order, and send nothing.
    LookOnly,
    /// Another signed payment is open: nothing may be paid.
    InFlight,
    /// A signed payment has expired without a known end: look at the order first.
    LookFirst,
}

impl SignedPayments {
    /// Whether something may be paid for an order at `now`: by `signature`, or in any other way.
    pub(super) fn admit(&self, id: OrderId, signature: Option<&PaymentPayload>, now: SystemTime) -> Admission {
        let pages = self.pages();
        let Some(sent) = pages.get(&id).and_then(|page| page.sent.as_ref()) else {
            return Admission::Free;
        };
        match sent.end {
            End::Failed(_) => Admission::Free,
            End::Charged => Admission::LookOnly,
            _ if signature == Some(&sent.signature) => Admission::LookOnly,
            End::Unknown if sent.is_over => Admission::Free,
            End::Unknown if sent.is_dead(now) => Admission::LookFirst,
            End::UnderWay | End::Unknown => Admission::InFlight,
        }
    }

    /// Remembers the challenge of an order.
    pub(super) fn challenged(&self, id: OrderId, challenge: &PaymentRequired) {
        let terms = challenge.terms(Instant::now().into_std());
        self.with_page(id, |page| page.challenge = Some(terms));
    }

    /// The terms of an order's challenge, where one was seen.
    pub(super) fn challenge(&self, id: OrderId) -> Option<RequiredTerms> {
        self.pages().get(&id)?.challenge.clone()
    }

    /// Remembers a signed payment that is about to be sent.
    pub(super) fn sending(&self, id: OrderId, signature: &PaymentPayload, now: SystemTime) {
        // The platform may be at work for as long as a settlement may take, whatever the signature says.
        let settled_by = now + SETTLEMENT_TIME;
        let dead_at = match signature.expiry() {
            Expiry::At(end) => Some(end.max(settled_by) + CLOCK_SKEW),
            Expiry::Soon => Some(now + SOON + CLOCK_SKEW),
        };
        let sent = Sent {
            signature: signature.clone(),
            dead_at,
            end: End::UnderWay,
            receipt: None,
            is_over: false,
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

    /// Remembers the receipt of the signed payment of an order.
    pub(super) fn proven(&self, id: OrderId, receipt: &SettlementResponse) {
        self.with_page(id, |page| {
            if let Some(sent) = &mut page.sent {
                sent.receipt = Some(receipt.clone());
            }
        });
    }

    /// The receipt of the signed payment of an order, where there is one.
    pub(super) fn receipt(&self, id: OrderId) -> Option<SettlementResponse> {
        self.pages().get(&id)?.sent.as_ref()?.receipt.clone()
    }

    /// How the signed payment of an order ended, where there is one and it still matters at `now`: one that has expired
    /// without a known end is not worth waiting for while the order can still be paid.
    pub(super) fn end(&self, id: OrderId, now: SystemTime) -> Option<End> {
        let pages = self.pages();
        let sent = pages.get(&id)?.sent.as_ref()?;
        let is_past = sent.end == End::Unknown && sent.is_dead(now) && !sent.is_over;
        (!is_past).then(|| sent.end.clone())
    }

    /// Takes note of the state that an order was seen in: a paid one settles every question, another final one that of
    /// whether something can still be paid.
    pub(super) fn seen(&self, id: OrderId, state: &OrderState) {
        if let Some(sent) = self.pages().get_mut(&id).and_then(|page| page.sent.as_mut()) {
            if state.is_paid() && sent.end == End::Unknown {
                sent.end = End::Charged;
            }
            sent.is_over |= state.is_final();
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

    /// Whether a signed payment is under way.
    pub(super) fn is_busy(&self) -> bool {
        let is_under_way = |page: &Page| page.sent.as_ref().is_some_and(|sent| sent.end == End::UnderWay);
        self.pages().values().any(is_under_way)
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
        let is_open = |sent: &Sent| !sent.is_over && !matches!(sent.end, End::Failed(_));
        self.sent.as_ref().is_some_and(is_open)
    }
}

impl Sent {
    fn is_dead(&self, now: SystemTime) -> bool {
        self.dead_at.is_some_and(|end| end <= now)
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;
    use crate::x402::{Network, Version, fixtures};

    fn id(number: u32) -> OrderId {
        format!("a1b2c3d4-e5f6-7890-abcd-{number:012}").parse().unwrap()
    }

    fn signature(nonce: &str) -> PaymentPayload {
        fixtures::decoded(&fixtures::signed(Version::Two, Network::Base, nonce)).unwrap()
    }

    /// The fixtures' signatures expire two minutes after their time.
    fn at(seconds_after_expiry: i64) -> SystemTime {
        fixtures::at(120 + seconds_after_expiry)
    }

    #[test]
    fn while_a_signed_payment_is_open_nothing_else_may_be_paid() {
        let (signed_payments, first, second) = (SignedPayments::default(), signature("1"), signature("2"));
        let admit = |signature, now| signed_payments.admit(id(1), signature, now);
        assert_eq!(admit(Some(&first), at(-60)), Admission::Free);
        signed_payments.sending(id(1), &first, at(-60));
        for end in [End::UnderWay, End::Unknown] {
            signed_payments.ended(id(1), end);
            assert_eq!(admit(Some(&second), at(-50)), Admission::InFlight);
            assert_eq!(admit(None, at(59)), Admission::InFlight);
            assert_eq!(admit(Some(&first), at(-50)), Admission::LookOnly);
            assert_eq!(signed_payments.admit(id(2), Some(&second), at(-50)), Admission::Free);
        }
    }

    #[test]
    fn one_that_has_charged_the_payer_is_never_followed_by_another() {
        let (signed_payments, first, second) = (SignedPayments::default(), signature("1"), signature("2"));
        signed_payments.sending(id(1), &first, at(-60));
        signed_payments.ended(id(1), End::Charged);
        for state in [OrderState::Pending, OrderState::Paid, OrderState::Finished] {
            signed_payments.seen(id(1), &state);
            for signature in [None, Some(&first), Some(&second)] {
                assert_eq!(
                    signed_payments.admit(id(1), signature, at(1_000_000)),
                    Admission::LookOnly,
                    "{state}"
                );
            }
        }
    }

    #[test]
    fn an_expired_one_without_a_known_end_is_looked_at_first_unless_its_request_is_under_way() {
        let (signed_payments, first, second) = (SignedPayments::default(), signature("1"), signature("2"));
        signed_payments.sending(id(1), &first, at(-200));
        assert_eq!(signed_payments.admit(id(1), Some(&second), at(60)), Admission::InFlight);
        signed_payments.ended(id(1), End::Unknown);
        assert_eq!(
            signed_payments.admit(id(1), Some(&second), at(60)),
            Admission::LookFirst
        );
        assert_eq!(signed_payments.admit(id(1), None, at(60)), Admission::LookFirst);
        assert_eq!(
            (signed_payments.end(id(1), at(59)), signed_payments.end(id(1), at(60))),
            (Some(End::Unknown), None)
        );
    }

    #[test]
    fn it_stays_open_for_as_long_as_a_settlement_may_take() {
        let signed_payments = SignedPayments::default();
        signed_payments.sending(id(1), &signature("1"), at(-10));
        signed_payments.ended(id(1), End::Unknown);
        assert_eq!(signed_payments.admit(id(1), None, at(199)), Admission::InFlight);
        assert_eq!(signed_payments.admit(id(1), None, at(200)), Admission::LookFirst);
    }

    #[test]
    fn one_that_does_not_say_when_it_expires_stays_open_for_a_while() {
        let transaction = fixtures::decoded(&fixtures::signed(Version::Two, Network::Solana, "")).unwrap();
        let signed_payments = SignedPayments::default();
        signed_payments.sending(id(1), &transaction, at(0));
        signed_payments.ended(id(1), End::Unknown);
        assert_eq!(
            [359, 360].map(|seconds| signed_payments.admit(id(1), None, at(seconds))),
            [Admission::InFlight, Admission::LookFirst]
        );
    }

    #[test]
    fn a_paid_order_settles_the_question_and_another_final_one_leaves_it_open() {
        let known = |state| {
            let signed_payments = SignedPayments::default();
            signed_payments.sending(id(1), &signature("1"), at(-60));
            signed_payments.ended(id(1), End::Unknown);
            signed_payments.seen(id(1), &OrderState::Pending);
            assert_eq!(signed_payments.admit(id(1), None, at(-60)), Admission::InFlight);
            signed_payments.seen(id(1), &state);
            (
                signed_payments.end(id(1), at(1_000_000)),
                signed_payments.admit(id(1), None, at(-60)),
            )
        };
        assert_eq!(known(OrderState::Finished), (Some(End::Charged), Admission::LookOnly));
        assert_eq!(known(OrderState::Expired), (Some(End::Unknown), Admission::Free));
    }

    #[test]
    fn a_failure_is_kept_until_it_was_told() {
        let signed_payments = SignedPayments::default();
        let failed = End::Failed(Box::new(Failure::cancelled()));
        signed_payments.sending(id(1), &signature("1"), at(-60));
        signed_payments.told(id(1));
        assert_eq!(signed_payments.end(id(1), at(-60)), Some(End::UnderWay));
        signed_payments.ended(id(1), failed.clone());
        assert_eq!(signed_payments.end(id(1), at(3600)), Some(failed));
        assert_eq!(signed_payments.admit(id(1), None, at(-60)), Admission::Free);
        signed_payments.told(id(1));
        assert_eq!(signed_payments.end(id(1), at(-60)), None);
    }

    #[tokio::test(start_paused = true)]
    async fn it_stays_small_and_never_forgets_an_open_payment() {
        let signed_payments = SignedPayments::default();
        let challenge = fixtures::challenge(Version::Two, &[Network::Base]);
        signed_payments.sending(id(0), &signature("1"), at(-60));
        for number in 1..=2000 {
            tokio::time::advance(Duration::from_millis(1)).await;
            signed_payments.challenged(id(number), &challenge);
        }
        assert_eq!(signed_payments.pages().len(), MOST);
        assert_eq!(signed_payments.admit(id(0), None, at(-60)), Admission::InFlight);
        assert_eq!(
            (signed_payments.challenge(id(1)), signed_payments.challenge(id(2000))),
            (None, Some(challenge.terms(Instant::now().into_std())))
        );
    }
}
