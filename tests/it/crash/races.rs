//! Two processes at one moment.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use pretty_assertions::assert_eq;
use serde_json::json;

use super::scene::{Asked, LINK, Scene, asked, by_stripe, order_of, pay_order, signatures, standing, unpaid};
use crate::journal::places::{Place, everywhere};
use crate::support::ORDER;
use crate::support::platform::Reply;
use crate::support::server::{failure, order};
use crate::x402::{by_x402, signed};

fn id(number: u32) -> String {
    format!("a1b2c3d4-e5f6-4890-abcd-{number:012}")
}

#[tokio::test]
async fn of_two_processes_with_two_signatures_one_posts_in_200_rounds() {
    everywhere(async |place| {
        let scene = Scene::new(place, |request| match asked(request) {
            Asked::Signed => {
                let paid = standing(order_of(request), "Finished");
                Reply::After(Duration::from_millis(5), Box::new(paid))
            }
            _ => unpaid(request),
        })
        .await;
        let (mut one, mut other) = (scene.server().await, scene.server().await);
        for round in 0..200 {
            let id = id(round);
            if round % 2 == 0 {
                // Whoever has the terms needs one request less before the admission.
                one.call("pay_order", by_x402(&id)).await;
                other.call("pay_order", by_x402(&id)).await;
            }
            let [first, second] = signatures();
            let (first, second) = (pay_order(signed(&id, &first)), pay_order(signed(&id, &second)));
            tokio::join!(one.ask("tools/call", first), other.ask("tools/call", second));
            let (first, second) = tokio::join!(one.receive(), other.receive());
            assert_eq!(scene.posted(&id), (1, 1), "{round}: {first:?} {second:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_terminal_shows_no_link_that_the_platform_gave_after_a_signed_payment_had_begun() {
    const LINK_TIME: Duration = Duration::from_millis(60);

    let place = Place::file();
    let times: Arc<Mutex<HashMap<(String, u8), Instant>>> = Arc::default();
    let noted = Arc::clone(&times);
    let scene = Scene::new(&place, move |request| {
        let what = asked(request);
        let key = (order_of(request).to_owned(), what as u8);
        noted.lock().unwrap().entry(key).or_insert_with(Instant::now);
        match what {
            Asked::Signed => Reply::Bytes(b"HTTP/1.1 504 X\r\ncontent-length: 0\r\n\r\n".to_vec()),
            Asked::Link => Reply::After(LINK_TIME, Box::new(unpaid(request))),
            _ => unpaid(request),
        }
    })
    .await;
    let mut server = scene.server().await;
    let (mut shown, mut withheld) = (0, 0);
    for round in 0..24 {
        let id = id(round);
        server.call("pay_order", by_x402(&id)).await;
        let [signature] = signatures();
        let pay = pay_order(signed(&id, &signature));
        let told = match round {
            0 => {
                server.request("tools/call", pay).await;
                scene.pay_in_terminal(&id).await
            }
            1 => {
                let told = scene.pay_in_terminal(&id).await;
                server.request("tools/call", pay).await;
                told
            }
            _ => {
                let pay = async {
                    tokio::time::sleep(Duration::from_millis(u64::from(round) * 10)).await;
                    server.request("tools/call", pay).await
                };
                tokio::join!(scene.pay_in_terminal(&id), pay).0
            }
        };
        let time = |what: Asked| times.lock().unwrap().get(&(id.clone(), what as u8)).copied();
        let signed_at = time(Asked::Signed).unwrap();
        if time(Asked::Link).is_none_or(|link| signed_at < link + LINK_TIME) {
            assert!(!told.contains(LINK), "{round}: {told}");
            withheld += 1;
        } else {
            shown += usize::from(told.contains(LINK));
        }
        assert_eq!(scene.posted(&id), (1, 1), "{round}");
        assert!(!scene.pay_in_terminal(&id).await.contains(LINK), "{round}");
        let again = server.call("pay_order", by_stripe(&id)).await.to_string();
        assert!(!again.contains(LINK), "{round}: {again}");
    }
    assert!(shown > 0 && withheld > 0, "{shown} shown, {withheld} withheld");
}

#[tokio::test]
async fn an_order_that_was_over_waits_for_no_payment_whatever_another_process_is_shown() {
    let place = Place::file();
    let looks = AtomicU32::new(0);
    let scene = Scene::new(&place, move |request| match asked(request) {
        Asked::Signed => Reply::json(504, "{}"),
        // Pending before the payment and after it, then over once, and after that a part of the platform lags behind.
        Asked::Look if looks.fetch_add(1, Ordering::Relaxed) == 2 => standing(ORDER, "Expired"),
        _ => unpaid(request),
    })
    .await;
    let check = json!({"order_id": ORDER});
    let [first, second] = signatures();
    let mut server = scene.server().await;
    failure(&server.call("pay_order", signed(ORDER, &first)).await);
    let over = order(&server.call("check_order_status", check.clone()).await);
    assert_eq!(over["state"], "Expired");
    server.kill().await;
    let mut server = scene.server().await;
    let lagging = order(&server.call("check_order_status", check).await);
    assert_eq!((&lagging["state"], lagging.get("pay_url")), (&json!("Pending"), None));
    for arguments in [signed(ORDER, &second), by_stripe(ORDER)] {
        let refused = failure(&server.call("pay_order", arguments).await);
        assert_eq!(refused["code"], "payment_in_flight");
    }
    assert!(!scene.pay_in_terminal(ORDER).await.contains(LINK));
    assert_eq!(scene.posted(ORDER), (1, 1));
}
