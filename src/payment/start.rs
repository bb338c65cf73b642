//! Starting a payment by link: post, look where the end is unclear, and decide what that means.
//!
//! What is signed is in `settle.rs`: it moves money, so nothing is posted twice there.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::Inner;
use super::admission::Hold;
use super::deadlines::LOOK_TIME;
use super::failure::{self, Call, Failure, Tried};
use super::look::looks;
use super::single_flight::Landing;
use super::status::{Note, OrderStatus, Trigger};
use crate::journal::{How, Outcome};
use crate::order::{Order, OrderId, OrderState, Surface};
use crate::pay_way::{PayWay, StatedPayWay};
use crate::platform::{self, BadResponse, ErrorKind, PayRequest, Started};
use crate::x402::PaymentRequired;

/// What the journal says of a payment whose link was given to nobody, since the operator does not allow it.
const WITHHELD: &str = "pay_way_not_allowed";

/// A payment session that was given to somebody: how it is paid, and which link it has, which itself is not kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Given {
    pay_way: Option<StatedPayWay>,
    surface: Option<Surface>,
    /// The link's hash; not known of a session that another process gave.
    link: Option<u64>,
}

impl Given {
    pub(super) fn is_by(&self, request: &PayRequest) -> bool {
        self.pay_way == request.pay_way.map(StatedPayWay::Known) && self.surface == request.surface
    }

    /// Whether an order's session may be this one.
    fn may_be_of(&self, order: &Order) -> bool {
        self.link.is_none() || self.link == link_of(order)
    }
}

impl Inner {
    /// Starts a payment, unless a signed one of the order is open, or it is kept back before it leaves.
    pub(super) async fn pay(
        &self,
        id: OrderId,
        request: &PayRequest,
        deadline: Instant,
        kept_back: &CancellationToken,
    ) -> Landing {
        if kept_back.is_cancelled() {
            return None;
        }
        let note = match self.hold(id).await {
            Hold::Held(holder) => return Some(self.held(id, *holder, None, deadline).await),
            Hold::Free(note) => note,
        };
        let mut outcome = self.start(id, request, deadline, kept_back).await?;
        match &mut outcome {
            Ok(status) => status.notes.extend(note.filter(|note| !status.notes.contains(note))),
            Err(failure) => {
                let ended = match failure.outcome {
                    failure::Outcome::Unknown => Some(Outcome::Unknown),
                    failure::Outcome::NothingChanged => failure.platform.status.map(|_| Outcome::Failed),
                };
                if let Some(ended) = ended {
                    let order = Order::bare(id, OrderState::Pending);
                    self.records.link(&order, request, ended, Some(&failure.word())).await;
                }
            }
        }
        Some(outcome)
    }

    /// Posts the payment; where its end is unclear, looks at the order, and posts once more only where that is safe.
    async fn start(
        &self,
        id: OrderId,
        request: &PayRequest,
        deadline: Instant,
        kept_back: &CancellationToken,
    ) -> Landing {
        let started = Instant::now();
        let posted = self.platform.pay(id, request, deadline - LOOK_TIME, kept_back).await;
        let error = match posted {
            Ok(started) => return Some(self.started(id, request, started).await),
            Err(error) if error.kind == ErrorKind::KeptBack => return None,
            Err(error) if is_unclear(&error) => error,
            Err(error) => return Some(self.refused(id, request, error, deadline).await),
        };
        let unknown = |requests, looks| {
            let tried = Tried {
                requests,
                looks,
                time: started.elapsed(),
            };
            Some(Err(Failure::start_unknown(id, &error, tried)))
        };
        let given = self.given(id).await;
        let looked = self.look(id, deadline).await;
        let seen = looks(&looked);
        let Ok(order) = looked else {
            return unknown(1, seen);
        };
        match next_step(&order, request, given.as_ref()) {
            NextStep::Started => return Some(self.offer(order, request).await),
            NextStep::AlreadyPaid => return Some(self.known(order, Trigger::AlreadyPaid).await),
            NextStep::NotPayable => return Some(Err(Failure::not_payable(id, Some(&order.state), &error))),
            NextStep::Unclear => return unknown(1, seen),
            NextStep::PostAgain => {}
        }
        let again = match self.platform.pay(id, request, deadline, kept_back).await {
            Ok(started) => return Some(self.started(id, request, started).await),
            Err(again) => again,
        };
        // Either request may have arrived meanwhile, so whatever the second one brought, only the order can tell.
        let requests = 1 + u32::from(again.may_have_happened());
        let looked = self.look(id, deadline).await;
        let seen = seen + looks(&looked);
        match looked {
            Err(_) => unknown(requests, seen),
            Ok(order) => match next_step(&order, request, given.as_ref()) {
                NextStep::Started => Some(self.offer(order, request).await),
                NextStep::AlreadyPaid => Some(self.known(order, Trigger::AlreadyPaid).await),
                NextStep::NotPayable => Some(Err(Failure::not_payable(id, Some(&order.state), &again))),
                NextStep::Unclear | NextStep::PostAgain => unknown(requests, seen),
            },
        }
    }

    async fn started(&self, id: OrderId, request: &PayRequest, started: Started) -> Result<OrderStatus, Failure> {
        match started {
            Started::Order(order) => self.offer(self.took(*order), request).await,
            Started::PaymentRequired(challenge) => self.challenged(id, request, challenge).await,
        }
    }

    /// What a wallet is asked to sign, unless a signed payment was sent meanwhile.
    async fn challenged(
        &self,
        id: OrderId,
        request: &PayRequest,
        challenge: PaymentRequired,
    ) -> Result<OrderStatus, Failure> {
        self.offers.keep(id, challenge.terms(std::time::Instant::now()));
        let order = Self::by_x402(id);
        let mut status = self.known(order.clone(), Trigger::Started).await?;
        if status.trigger == Trigger::Started {
            // Whoever asks later, of whatever process, is told that a wallet was asked.
            let failed = self.records.link(&order, request, Outcome::Offered, None).await;
            let note = failed.map(|_| Note::NoJournal);
            status.notes.extend(note.filter(|note| !status.notes.contains(note)));
            status.challenge = Some(challenge);
        }
        Ok(status)
    }

    /// Whether a wallet was asked to pay an order, by this process or another one, and nothing else was tried since.
    pub(super) async fn has_asked_wallet(&self, id: OrderId) -> bool {
        // What is written down knows of other payments since; what is remembered does without a journal.
        let Some(latest) = self.records.latest(id).await else {
            return self.offers.get(id).is_some();
        };
        let may_be_signed = matches!(
            (latest.how, latest.outcome),
            (How::Link, Outcome::Offered) | (How::Signed, Outcome::Failed | Outcome::NotSent)
        );
        may_be_signed && latest.payment.pay_way == Some(StatedPayWay::Known(PayWay::X402))
    }

    /// The payment session of an order, unless a signed payment was sent meanwhile: then its link is not shown.
    async fn offer(&self, order: Order, request: &PayRequest) -> Result<OrderStatus, Failure> {
        let (id, link) = (order.id, link_of(&order));
        let earlier = self.given(id).await.filter(|given| !given.is_by(request));
        let earlier = earlier.filter(|given| given.link.is_none() || given.link != link);
        let mut notes: Vec<_> = earlier
            .and_then(|given| given.pay_way)
            .map(Note::EarlierLink)
            .into_iter()
            .collect();
        let as_asked = |asked: &PayWay| {
            order
                .pay_way
                .as_ref()
                .is_none_or(|way| *way == StatedPayWay::Known(*asked))
        };
        let not_as_asked = request.pay_way.filter(|asked| !as_asked(asked)).map(Note::NotAsAsked);
        let is_withheld = self.as_of(order.clone(), Trigger::Started).withheld().is_some();
        if link.is_some() && is_withheld {
            let why = Some(WITHHELD);
            self.records.link(&order, request, Outcome::Failed, why).await;
        } else if link.is_some() {
            let given = Given {
                pay_way: request.pay_way.map(StatedPayWay::Known),
                surface: request.surface.clone(),
                link,
            };
            self.given.keep(id, given);
            let failed = self.records.link(&order, request, Outcome::Offered, None).await;
            notes.extend(failed.map(|_| Note::NoJournal));
        }
        let mut status = self.known(order, Trigger::Started).await?;
        if status.pay_url().is_some() {
            notes.retain(|note| !status.notes.contains(note));
            status.notes.extend(notes);
        }
        if status.trigger == Trigger::Started && status.order.state == OrderState::Pending {
            status.notes.extend(not_as_asked);
        }
        Ok(status)
    }

    /// The session that was given last for an order, by this process or another one.
    pub(super) async fn given(&self, id: OrderId) -> Option<Given> {
        if let Some(given) = self.given.get(id) {
            return Some(given);
        }
        let latest = self.records.latest(id).await?;
        // A wallet that was asked has no link.
        let is_link = latest.how == How::Link && latest.payment.pay_way != Some(StatedPayWay::Known(PayWay::X402));
        (is_link && latest.outcome == Outcome::Offered).then_some(Given {
            pay_way: latest.payment.pay_way,
            surface: latest.payment.surface,
            link: None,
        })
    }

    /// Explains a refusal. The platform gives the same one for several reasons, so the order is looked at first.
    pub(super) async fn refused(
        &self,
        id: OrderId,
        request: &PayRequest,
        refusal: platform::Error,
        deadline: Instant,
    ) -> Result<OrderStatus, Failure> {
        if refusal.kind != ErrorKind::Refused {
            return Err(self.failure(Call::Pay, id, &refusal));
        }
        match self.look(id, deadline).await {
            Ok(order) if order.state.is_paid() => self.known(order, Trigger::AlreadyPaid).await,
            Ok(order) if order.state == OrderState::Pending => {
                Err(Failure::pay_way(id, request, &self.rules.ways, &refusal))
            }
            Ok(order) => Err(Failure::not_payable(id, Some(&order.state), &refusal)),
            Err(_) if refusal.said.about_pay_way => Err(Failure::pay_way(id, request, &self.rules.ways, &refusal)),
            Err(_) => Err(Failure::not_payable(id, None, &refusal)),
        }
    }
}

fn link_of(order: &Order) -> Option<u64> {
    let link = order.pay_url.as_ref()?.as_ref().ok()?;
    let mut hasher = DefaultHasher::new();
    link.as_str().hash(&mut hasher);
    Some(hasher.finish())
}

/// Whether a payment may have been started, and looking at the order can tell. An answer about another order is no such
/// case: then the platform, or what is between, mixes up orders.
fn is_unclear(error: &platform::Error) -> bool {
    error.may_have_happened() && error.kind != ErrorKind::BadResponse(BadResponse::OtherOrder)
}

/// What follows from an order that was looked at because the end of a payment request was unclear.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum NextStep {
    /// The payment session is there.
    Started,
    /// The order is paid, by this session or an earlier one.
    AlreadyPaid,
    /// No session for this pay way is there: the request had no effect, and may be posted once more.
    PostAgain,
    /// The order cannot be paid any more.
    NotPayable,
    /// It cannot be told.
    Unclear,
}

fn next_step(order: &Order, request: &PayRequest, given: Option<&Given>) -> NextStep {
    match &order.state {
        state if state.is_paid() => NextStep::AlreadyPaid,
        state if state.is_final() => NextStep::NotPayable,
        OrderState::Pending => {
            let asked = request.pay_way.map(StatedPayWay::Known);
            let has_session = order.pay_url.is_some() || order.pay_id.is_some();
            // The session of an earlier request is not what this one brought.
            let is_of_another = given.is_some_and(|given| !given.is_by(request) && given.may_be_of(order));
            if has_session && asked.is_some() && order.pay_way == asked && !is_of_another {
                NextStep::Started
            } else {
                NextStep::PostAgain
            }
        }
        _ => NextStep::Unclear,
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;
    use crate::pay_url::{PayUrl, PlainHttp, UnsafePayUrl};
    use crate::text::Identifier;

    #[test]
    fn what_follows_an_unclear_end_depends_on_the_order() {
        let id = "a1b2c3d4-e5f6-7890-abcd-ef1234567890".parse().unwrap();
        let link = || Some(PayUrl::parse("https://buy.stripe.com/x", PlainHttp::Refused));
        let order = |state: &str, way: Option<&str>| Order {
            pay_way: way.and_then(StatedPayWay::read),
            ..Order::bare(id, OrderState::read(state).unwrap())
        };
        for (order, expected) in [
            (
                Order {
                    pay_url: link(),
                    ..order("Pending", Some("Stripe"))
                },
                NextStep::Started,
            ),
            (
                Order {
                    pay_id: Identifier::read("plink_1"),
                    ..order("Pending", Some("STRIPE"))
                },
                NextStep::Started,
            ),
            (
                Order {
                    pay_url: Some(Err(UnsafePayUrl::Scheme)),
                    ..order("Pending", Some("STRIPE"))
                },
                NextStep::Started,
            ),
            (order("Pending", None), NextStep::PostAgain),
            (order("Pending", Some("Stripe")), NextStep::PostAgain),
            (
                Order {
                    pay_url: link(),
                    ..order("Pending", Some("AliPay"))
                },
                NextStep::PostAgain,
            ),
            (
                Order {
                    pay_url: link(),
                    ..order("Paid", Some("Stripe"))
                },
                NextStep::AlreadyPaid,
            ),
            (order("Finished", None), NextStep::AlreadyPaid),
            (order("Expired", None), NextStep::NotPayable),
            (order("Failed", Some("Stripe")), NextStep::NotPayable),
            (order("Refunded", Some("Stripe")), NextStep::NotPayable),
            (order("OnHold", Some("Stripe")), NextStep::Unclear),
        ] {
            let request = PayRequest {
                pay_way: Some(PayWay::Stripe),
                surface: None,
            };
            assert_eq!(next_step(&order, &request, None), expected, "{order:?}");
        }
        let free = PayRequest {
            pay_way: None,
            surface: None,
        };
        assert_eq!(next_step(&order("Pending", None), &free, None), NextStep::PostAgain);
        assert_eq!(next_step(&order("Finished", None), &free, None), NextStep::AlreadyPaid);
    }
}
