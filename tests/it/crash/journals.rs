//! A journal that cannot be used: nothing signed is sent, and links go on.

use acedata_pay_mcp::journal::{Front, Journal};
use pretty_assertions::assert_eq;
use serde_json::json;

use super::scene::{LINK, Scene, by_stripe, signatures, unpaid};
use crate::journal::places::Place;
use crate::support::ORDER;
use crate::support::server::{failure, order};
use crate::x402::signed;

/// A journal that was used once, for another order.
async fn used() -> Place {
    let place = Place::file();
    let journal = Journal::new(place.location.clone(), Front::Mcp);
    let id = ORDER.parse().unwrap();
    journal
        .tell("platform.example", id, "used", acedata_pay_mcp::journal::UnixMillis(0))
        .await
        .unwrap();
    place
}

/// A signed payment and a link with that journal.
async fn refused(name: &str, place: &Place) {
    let scene = Scene::new(place, unpaid).await;
    let mut server = scene.server().await;
    let [signature] = signatures();
    let refused = failure(&server.call("pay_order", signed(ORDER, &signature)).await);
    assert_eq!(
        (&refused["code"], &refused["outcome"]),
        (&json!("journal_unavailable"), &json!("nothing_changed")),
        "{name}: {refused}"
    );
    assert_eq!(scene.posted(ORDER), (0, 0), "{name}");
    let link = order(&server.call("pay_order", by_stripe(ORDER)).await);
    assert_eq!(link["pay_url"], json!(LINK), "{name}");
    let next = link["next_step"].as_str().unwrap();
    assert!(
        next.contains("The journal of this server cannot be used"),
        "{name}: {next}"
    );
}

#[tokio::test]
async fn without_a_journal_nothing_signed_is_sent_and_links_say_so() {
    let newer = used().await;
    newer.execute("UPDATE acedata_pay_journal SET format = 2").await;
    refused("newer", &newer).await;

    let damaged = used().await;
    std::fs::write(damaged.path(), vec![0x5a; 4096]).unwrap();
    refused("damaged", &damaged).await;

    let folder = Place::file();
    std::fs::create_dir_all(folder.path()).unwrap();
    refused("a folder", &folder).await;

    let mut nowhere = Place::file();
    let file = nowhere.folder.as_ref().unwrap().path().join("file");
    std::fs::write(&file, "").unwrap();
    nowhere.setting = file.join("journal.sqlite3").to_str().unwrap().to_owned();
    refused("no folder", &nowhere).await;

    let locked = used().await;
    let lock = locked.lock().await;
    refused("locked", &locked).await;
    drop(lock);
}

#[cfg(unix)]
#[tokio::test]
async fn a_journal_that_is_open_to_others_or_can_only_be_read_is_none() {
    use std::os::unix::fs::PermissionsExt as _;

    let mode = |place: &Place, mode| {
        std::fs::set_permissions(place.path(), std::fs::Permissions::from_mode(mode)).unwrap();
    };
    let open = used().await;
    mode(&open, 0o644);
    refused("open to others", &open).await;

    let read_only = used().await;
    mode(&read_only, 0o400);
    // Root writes everywhere.
    if std::fs::OpenOptions::new().write(true).open(read_only.path()).is_err() {
        refused("read-only", &read_only).await;
    }
}
