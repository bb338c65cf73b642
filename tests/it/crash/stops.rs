//! Nothing starts after a stop, and what is under way is not torn down.

use std::time::Duration;

use acedata_pay_mcp::journal::{Front, Journal, Outcome};
use pretty_assertions::assert_eq;

use super::scene::{Asked, Scene, asked, pay_order, signatures, standing, unpaid};
use crate::journal::places::Place;
use crate::support::ORDER;
use crate::support::platform::Reply;
use crate::support::server::Server;
use crate::x402::signed;

/// How a signed payment is stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stop {
    Cancel,
    EndOfInput,
    #[cfg(unix)]
    Signal,
}

const STOPS: &[Stop] = &[
    Stop::Cancel,
    Stop::EndOfInput,
    #[cfg(unix)]
    Stop::Signal,
];

/// What holds it up at that moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum HeldUpBy {
    /// The question for the terms.
    Terms,
    /// The look before it.
    Look,
    /// It was posted, and is to come again in a moment.
    Throttling,
    /// It was posted, and is being settled.
    Settlement,
}

const A_MOMENT: Duration = Duration::from_millis(1200);

/// How many signed requests there were in the end, and what the journal says.
async fn stopped(stop: Stop, held_up: HeldUpBy) -> (usize, Option<Outcome>) {
    let place = Place::file();
    let scene = Scene::new(&place, move |request| {
        let later = |reply| Reply::After(A_MOMENT, Box::new(reply));
        match (asked(request), held_up) {
            (Asked::Terms, HeldUpBy::Terms) | (Asked::Look, HeldUpBy::Look) => later(unpaid(request)),
            (Asked::Signed, HeldUpBy::Throttling) => Reply::with_headers(429, &["retry-after: 1"], "{}"),
            (Asked::Signed, _) => later(standing(ORDER, "Finished")),
            _ => unpaid(request),
        }
    })
    .await;
    let mut server = scene.server().await;
    let [signature] = signatures();
    let call = server.ask("tools/call", pay_order(signed(ORDER, &signature))).await;
    let awaited = match held_up {
        HeldUpBy::Terms => Asked::Terms,
        HeldUpBy::Look => Asked::Look,
        HeldUpBy::Throttling | HeldUpBy::Settlement => Asked::Signed,
    };
    scene.seen(awaited).await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    match stop {
        Stop::Cancel => {
            server.cancel(call).await;
            tokio::time::sleep(2 * A_MOMENT).await;
        }
        Stop::EndOfInput => {
            server.close_stdin();
            server.end().await;
        }
        #[cfg(unix)]
        Stop::Signal => {
            terminate(&server);
            server.end().await;
        }
    }
    let journal = Journal::new(place.location.clone(), Front::Mcp);
    let latest = journal.latest(scene.host(), ORDER.parse().unwrap()).await.unwrap();
    (scene.posted(ORDER).0, latest.map(|attempt| attempt.outcome))
}

#[cfg(unix)]
fn terminate(server: &Server) {
    let killed = std::process::Command::new("kill")
        .args(["-s", "TERM", &server.pid().to_string()])
        .status();
    assert!(killed.unwrap().success());
}

#[tokio::test]
async fn a_signed_payment_that_waits_is_dropped_by_every_stop_and_one_under_way_is_finished() {
    let cases = STOPS.iter().flat_map(|stop| {
        [
            (HeldUpBy::Terms, (0, None)),
            (HeldUpBy::Look, (0, None)),
            (HeldUpBy::Throttling, (1, Some(Outcome::NotSent))),
            (HeldUpBy::Settlement, (1, Some(Outcome::Charged))),
        ]
        .map(|(held_up, expected)| async move {
            assert_eq!(stopped(*stop, held_up).await, expected, "{stop:?} {held_up:?}");
        })
    });
    assert_eq!(futures_util::future::join_all(cases).await.len(), STOPS.len() * 4);
}
