//! Attacks on one rule: never two different signatures posted for one order, and never a link while one is open, whatever dies.

mod admission;
mod journals;
mod races;
mod scene;
mod stops;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use acedata_pay_mcp::journal::{Admission, Front, Intent, Journal, Payment, Signed, UnixMillis};
use acedata_pay_mcp::pay_way::StatedPayWay;
use acedata_pay_mcp::text::Text;
use acedata_pay_mcp::x402::PaymentPayload;
use futures_util::StreamExt as _;
use pretty_assertions::assert_eq;
use serde_json::json;

use self::scene::{Asked, LINK, Scene, asked, by_stripe, pay_order, signatures, standing, unpaid};
use crate::journal::places::Place;
use crate::support::ORDER;
use crate::support::platform::{Reply, Request};
use crate::x402::signed;

/// Where the first server is killed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    /// Before the intent: it asks for the terms.
    Asking,
    /// Before the intent: it looks at the order.
    Looking,
    /// The intent is written down.
    Begun,
    /// It is marked as sent, and nothing has left.
    Marked,
    /// The platform asked it to come again, and it waits.
    Waiting,
    /// The platform has the request.
    Arrived,
    /// Half of the answer has come: before the outcome is written down.
    Answering,
    /// The call is answered.
    Ended,
}

/// What the platform answers to a signed payment. It never says more of it where the order is looked at, unless that is late.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Answer {
    Paid,
    NotCharged,
    PerhapsCharged,
    Conflict,
    GatewayTimeout,
    Reset,
    Cut,
    Late,
}

/// What follows the crash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Next {
    SameCall,
    OtherSignature,
    /// A server that was there before the crash, and has given a link.
    OtherProcess,
    OtherPayWay,
    Terminal,
}

const STEPS: [Step; 8] = [
    Step::Asking,
    Step::Looking,
    Step::Begun,
    Step::Marked,
    Step::Waiting,
    Step::Arrived,
    Step::Answering,
    Step::Ended,
];

const ANSWERS: [Answer; 8] = [
    Answer::Paid,
    Answer::NotCharged,
    Answer::PerhapsCharged,
    Answer::Conflict,
    Answer::GatewayTimeout,
    Answer::Reset,
    Answer::Cut,
    Answer::Late,
];

const NEXTS: [Next; 5] = [
    Next::SameCall,
    Next::OtherSignature,
    Next::OtherProcess,
    Next::OtherPayWay,
    Next::Terminal,
];

impl Answer {
    fn bytes(self) -> Vec<u8> {
        let finished = json!({"id": ORDER, "state": "Finished"});
        let error = json!({"code": "invalid_exact_evm_insufficient_balance", "stage": "verify", "charged": false});
        let reply = match self {
            Self::Paid | Self::Cut => Reply::json(200, finished),
            Self::NotCharged => Reply::json(402, json!({"extensions": {"acedatacloud": {"paymentError": error}}})),
            Self::PerhapsCharged => Reply::json(402, json!({"x402Version": 2, "accepts": []})),
            Self::Conflict => Reply::json(409, json!({"detail": "A payment of this order is being settled."})),
            Self::GatewayTimeout | Self::Late => Reply::page(504, "<html>Gateway Timeout</html>"),
            Self::Reset => return Vec::new(),
        };
        match reply {
            Reply::Bytes(bytes) => bytes,
            other => panic!("{other:?} is no whole answer"),
        }
    }

    fn reply(self) -> Reply {
        match self {
            Self::Reset => Reply::Close,
            Self::Cut => Reply::Part(half(&self.bytes())),
            _ => Reply::Bytes(self.bytes()),
        }
    }
}

fn half(bytes: &[u8]) -> Vec<u8> {
    bytes[..bytes.len().saturating_sub(4)].to_vec()
}

/// The platform of one case.
struct Till {
    answer: Answer,
    /// Where it lets the first server hang, until that is dead.
    step: Option<Step>,
    /// How often the order was looked at since a signed payment arrived.
    looks: Option<u32>,
}

impl Till {
    fn reply(&mut self, request: &Request) -> Reply {
        match (asked(request), self.step) {
            (Asked::Terms, Some(Step::Asking)) | (Asked::Look, Some(Step::Looking)) => Reply::Hang,
            (Asked::Signed, Some(Step::Waiting)) => Reply::with_headers(429, &["retry-after: 20"], "{}"),
            (Asked::Signed, step) => {
                self.looks = Some(0);
                match step {
                    Some(Step::Arrived) => Reply::Hang,
                    Some(Step::Answering) => Reply::Stall(half(&self.answer.bytes())),
                    _ => self.answer.reply(),
                }
            }
            (Asked::Look, _) => {
                let looks = self.looks.as_mut().map(|looks| {
                    *looks += 1;
                    *looks
                });
                let is_settled = self.answer == Answer::Late && looks > Some(1);
                standing(ORDER, if is_settled { "Finished" } else { "Pending" })
            }
            _ => unpaid(request),
        }
    }
}

/// Leaves behind what a server does that dies between its intent and the first byte.
async fn leave_behind(scene: &Scene, place: &Place, signature: &str, is_marked: bool) {
    let text = |text: &str| Text::fact(text);
    let payload = PaymentPayload::try_from(signature.to_owned()).unwrap();
    let now = UnixMillis::from(std::time::SystemTime::now());
    let intent = Intent {
        payment: Payment {
            platform: scene.host().to_owned(),
            order: ORDER.parse().unwrap(),
            pay_way: StatedPayWay::read("X402"),
            surface: None,
            price: text("9.90"),
            currency: text("USD"),
        },
        signed: Signed {
            payload_hash: text(&payload.digest()),
            ..Signed::default()
        },
        begun_at: now,
    };
    let journal = Journal::new(place.location.clone(), Front::Mcp);
    let Admission::Admitted(id) = journal.admit_signed(&intent).await.unwrap() else {
        panic!("it is held already");
    };
    if is_marked {
        journal.mark_sent(id, now).await.unwrap();
    }
}

/// One case: a crash, what follows, and one more signature after that.
async fn case(step: Step, answer: Answer, next: Next) {
    let name = format!("{step:?}, {answer:?}, {next:?}");
    let place = Place::file();
    let till = Arc::new(Mutex::new(Till {
        answer,
        step: None,
        looks: None,
    }));
    let script = Arc::clone(&till);
    let scene = Scene::new(&place, move |request| script.lock().unwrap().reply(request)).await;
    let [first, second, third] = signatures();
    let mut witness = None;
    if next == Next::OtherProcess {
        let mut server = scene.server().await;
        let shown = server.call("pay_order", by_stripe(ORDER)).await;
        assert!(shown.to_string().contains(LINK), "{name}: {shown}");
        witness = Some(server);
    }

    till.lock().unwrap().step = Some(step);
    crash(step, &scene, &place, &first).await;
    till.lock().unwrap().step = None;

    // Whether another payment is allowed, and how many signatures the platform may have seen.
    let mut is_free = match step {
        Step::Asking | Step::Looking => true,
        Step::Ended => answer == Answer::NotCharged,
        _ => false,
    };
    let mut posted = usize::from(matches!(
        step,
        Step::Waiting | Step::Arrived | Step::Answering | Step::Ended
    ));
    assert_eq!(scene.posted(ORDER).1, posted, "{name}: the crash");
    let arguments = match next {
        Next::SameCall => Some(signed(ORDER, &first)),
        Next::OtherSignature | Next::OtherProcess => Some(signed(ORDER, &second)),
        Next::OtherPayWay => Some(by_stripe(ORDER)),
        Next::Terminal => None,
    };
    let mut server = match witness {
        Some(server) => server,
        None => scene.server().await,
    };
    let told = match arguments {
        Some(arguments) => server.call("pay_order", arguments).await.to_string(),
        None => scene.pay_in_terminal(ORDER).await,
    };
    let is_link = matches!(next, Next::OtherPayWay | Next::Terminal);
    assert_eq!(told.contains("https://"), is_free && is_link, "{name}: {told}");
    if is_free && !is_link {
        posted += usize::from(next != Next::SameCall || posted == 0);
        is_free = answer == Answer::NotCharged;
    }
    assert_eq!(scene.posted(ORDER).1, posted, "{name}: {told}");

    let told = server.call("pay_order", signed(ORDER, &third)).await.to_string();
    if is_free {
        posted += 1;
        is_free = answer == Answer::NotCharged;
    }
    assert_eq!(scene.posted(ORDER).1, posted, "{name}: {told}");
    assert!(posted <= 1 || answer == Answer::NotCharged, "{name}");
    let checked = server.call("check_order_status", json!({"order_id": ORDER})).await;
    assert_eq!(checked.to_string().contains("https://"), is_free, "{name}: {checked}");
}

/// Lets a server pay, and kills it at a step.
async fn crash(step: Step, scene: &Scene, place: &Place, signature: &str) {
    let awaited = match step {
        Step::Begun | Step::Marked => return leave_behind(scene, place, signature, step == Step::Marked).await,
        Step::Asking => Asked::Terms,
        Step::Looking => Asked::Look,
        Step::Waiting | Step::Arrived | Step::Answering | Step::Ended => Asked::Signed,
    };
    let mut server = scene.server().await;
    server.ask("tools/call", pay_order(signed(ORDER, signature))).await;
    scene.seen(awaited).await;
    if step == Step::Ended {
        server.receive().await.unwrap();
    } else if step == Step::Answering {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    server.kill().await;
}

#[tokio::test]
async fn whatever_dies_one_signature_is_posted_and_no_link_is_shown_beside_it() {
    let cases = STEPS.iter().flat_map(|step| {
        let answers = ANSWERS.iter();
        answers.flat_map(move |answer| NEXTS.iter().map(move |next| case(*step, *answer, *next)))
    });
    let done = futures_util::stream::iter(cases).buffer_unordered(8).count().await;
    assert_eq!(done, 320);
}
