//! Admission against a model of it, and under clocks that jump.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU32, Ordering};
use std::time::{Duration, SystemTime};

use acedata_pay_mcp::journal::{
    Admission, AttemptId, Ending, Front, Intent, Journal, Location, Outcome, Payment, Signed, UnixMillis,
};
use acedata_pay_mcp::order::{OrderId, OrderState};
use acedata_pay_mcp::pay_way::PayWay;
use acedata_pay_mcp::payment::{Clock, Code, Conditions, Environment, Payments, Rules};
use acedata_pay_mcp::platform::{Limits, PayRequest, Platform, SignedPayment};
use acedata_pay_mcp::x402::PaymentPayload;
use pretty_assertions::assert_eq;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use super::scene::{Asked, Scene, asked, signatures, unpaid};
use crate::journal::places::Place;
use crate::support::platform::Reply;
use crate::support::{ORDER, TOKEN};

const PLATFORM: &str = "platform.example";

const AT: UnixMillis = UnixMillis(1_795_000_000_000);

/// What one of any number of processes does to the journal of an order. A number chooses among the attempts so far.
#[derive(Debug, Clone, Copy)]
enum Act {
    Admit,
    MarkSent(usize),
    End(usize, Outcome),
    Release,
    See(&'static str),
}

fn act() -> impl Strategy<Value = Act> {
    let outcomes = proptest::sample::select(Outcome::ALL);
    prop_oneof![
        3 => Just(Act::Admit),
        2 => (0_usize..3).prop_map(Act::MarkSent),
        3 => (0_usize..3, outcomes).prop_map(|(which, outcome)| Act::End(which, outcome)),
        1 => Just(Act::Release),
        1 => proptest::sample::select(&["Pending", "OnHold", "Paid", "Finished", "Expired", "Failed", "Refunded"][..])
            .prop_map(Act::See),
    ]
}

/// What the journal is documented to hold of an order: its attempts, oldest first.
#[derive(Default)]
struct Model(Vec<(AttemptId, Outcome)>);

impl Model {
    /// The attempt whose end is not known.
    fn open(&self) -> Option<usize> {
        let open = |(_, outcome): &(AttemptId, Outcome)| outcome.holds() && *outcome != Outcome::Charged;
        assert!(
            self.0.iter().filter(|attempt| open(attempt)).count() <= 1,
            "two are open"
        );
        self.0.iter().position(open)
    }

    fn has_charged(&self) -> bool {
        self.0.iter().any(|(_, outcome)| *outcome == Outcome::Charged)
    }

    /// Brings the open attempt to an outcome.
    fn end_open(&mut self, outcome: Outcome) -> Option<AttemptId> {
        let open = self.open()?;
        let attempt = &mut self.0[open];
        attempt.1 = outcome;
        Some(attempt.0)
    }
}

fn may_become(from: Outcome, to: Outcome) -> bool {
    use Outcome::{Begun, Charged, Closed, Failed, NotSent, Released, Sent, Unknown};

    match to {
        Unknown => from == Sent,
        Charged => matches!(from, Begun | Sent | Unknown | Closed | Released),
        Failed => matches!(from, Sent | Unknown),
        NotSent => matches!(from, Begun | Sent),
        Closed | Released => matches!(from, Begun | Sent | Unknown),
        _ => false,
    }
}

async fn run(journal: &Journal, order: OrderId, acts: Vec<Act>) {
    let intent = Intent {
        payment: Payment {
            platform: PLATFORM.to_owned(),
            order,
            pay_way: None,
            surface: None,
            price: None,
            currency: None,
        },
        signed: Signed::default(),
        begun_at: AT,
    };
    let mut model = Model::default();
    for act in acts {
        let before = model.0.clone();
        let name = || format!("{act:?} after {before:?}");
        match act {
            Act::Admit => match journal.admit_signed(&intent).await.unwrap() {
                Admission::Admitted(id) => {
                    assert!(model.open().is_none() && !model.has_charged(), "{}", name());
                    model.0.push((id, Outcome::Begun));
                }
                Admission::Held(by) => {
                    let expected = model.open().map_or(Outcome::Charged, |open| model.0[open].1);
                    assert_eq!(by.outcome, expected, "{}", name());
                }
            },
            Act::MarkSent(which) => {
                if let Some((id, outcome)) = model.0.get_mut(which) {
                    let may = matches!(outcome, Outcome::Begun | Outcome::Sent);
                    assert_eq!(journal.mark_sent(*id, AT).await.is_ok(), may, "{}", name());
                    if may {
                        *outcome = Outcome::Sent;
                    }
                }
            }
            Act::End(which, to) => {
                if let Some((id, outcome)) = model.0.get_mut(which) {
                    let ending = Ending {
                        outcome: to,
                        code: None,
                        receipt: None,
                        at: AT,
                    };
                    let may = *outcome == to || may_become(*outcome, to);
                    assert_eq!(journal.end(*id, ending).await.is_ok(), may, "{}", name());
                    if may {
                        *outcome = to;
                    }
                }
            }
            Act::Release => {
                let released = journal.release(PLATFORM, order, AT).await.unwrap();
                assert_eq!(
                    released.map(|attempt| attempt.id),
                    model.end_open(Outcome::Released),
                    "{}",
                    name()
                );
            }
            Act::See(state) => {
                let state = OrderState::read(state).unwrap();
                let seen = journal.order_final(PLATFORM, order, &state, AT).await.unwrap();
                let expected = match state {
                    OrderState::Paid | OrderState::Finished => model.end_open(Outcome::Charged),
                    OrderState::Expired | OrderState::Failed | OrderState::Refunded => model.end_open(Outcome::Closed),
                    OrderState::Pending | OrderState::Other(_) => None,
                };
                assert_eq!(seen.map(|attempt| attempt.id), expected, "{}", name());
            }
        }
    }
    let holder = journal.holder(PLATFORM, order).await.unwrap();
    match model.open() {
        Some(open) => assert_eq!(holder.map(|holder| (holder.id, holder.outcome)), Some(model.0[open])),
        None => assert_eq!(
            holder.map(|holder| holder.outcome),
            model.has_charged().then_some(Outcome::Charged)
        ),
    }
}

/// So many histories in a journal of their own, each of an order that begins with an admission.
fn histories(cases: u32) {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let journal = Journal::new(Location::Temporary, Front::Mcp);
    let number = AtomicU32::new(0);
    let config = Config {
        cases,
        failure_persistence: None,
        ..Config::default()
    };
    TestRunner::new(config)
        .run(&proptest::collection::vec(act(), 1..5), |acts| {
            let number = number.fetch_add(1, Ordering::Relaxed);
            let order = format!("a1b2c3d4-e5f6-4890-abcd-{number:012}").parse().unwrap();
            let acts = std::iter::once(Act::Admit).chain(acts).collect();
            runtime.block_on(run(&journal, order, acts));
            Ok(())
        })
        .unwrap();
    assert_eq!(number.into_inner(), cases);
}

#[test]
fn in_10_000_histories_at_most_one_attempt_holds_its_order() {
    // Each waits for the disk most of the time.
    std::thread::scope(|scope| {
        for _ in 0..10 {
            scope.spawn(|| histories(1000));
        }
    });
}

#[tokio::test]
async fn a_clock_that_jumps_by_a_day_allows_nothing() {
    const DAY: i64 = 24 * 3600;

    let place = Place::file();
    let scene = Scene::new(&place, |request| match asked(request) {
        Asked::Signed => Reply::page(504, "<html>Gateway Timeout</html>"),
        _ => unpaid(request),
    })
    .await;
    let jump = Arc::new(AtomicI64::new(0));
    let payments = || {
        let jump = Arc::clone(&jump);
        let clock = Clock::new(move || {
            let jump = jump.load(Ordering::Relaxed);
            let length = Duration::from_secs(jump.unsigned_abs());
            let now = SystemTime::now();
            if jump < 0 { now - length } else { now + length }
        });
        let limits = Limits {
            request_timeout: Duration::from_secs(5),
            requests_per_second: 1000,
        };
        let base = scene.platform.base_url.parse().unwrap();
        let platform = Platform::new(base, Some(TOKEN.parse().unwrap()), limits);
        let journal = Journal::new(place.location.clone(), Front::Mcp);
        Payments::new(platform, Rules::usual(Environment::Live), journal, clock)
    };
    let id: OrderId = ORDER.parse().unwrap();
    let by_stripe = PayRequest {
        pay_way: Some(PayWay::Stripe),
        surface: None,
    };
    let [first, second] = signatures().map(|signature| SignedPayment {
        signature: PaymentPayload::try_from(signature).unwrap(),
        surface: None,
    });
    let before = payments();
    let unclear = before.settle(id, &first, None).await.unwrap_err();
    assert_eq!(unclear.code, Code::OutcomeUnknown);
    for seconds in [0, DAY, -DAY, 30 * DAY, -30 * DAY] {
        jump.store(seconds, Ordering::Relaxed);
        for payments in [&before, &payments()] {
            let other = payments.settle(id, &second, None).await.map_err(|failure| failure.code);
            assert_eq!(other, Err(Code::PaymentInFlight), "{seconds}");
            let link = payments
                .pay(id, &by_stripe, Conditions::default())
                .await
                .map_err(|failure| failure.code);
            assert_eq!(link, Err(Code::PaymentInFlight), "{seconds}");
            let same = payments.settle(id, &first, None).await.unwrap();
            assert_eq!(same.pay_url(), None, "{seconds}");
            assert_eq!(payments.check(id).await.unwrap().pay_url(), None, "{seconds}");
        }
    }
    assert_eq!(scene.posted(ORDER), (1, 1));
}
