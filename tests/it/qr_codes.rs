//! QR codes of payment links, read back by an independent decoder.

use acedata_pay_mcp::sandbox::{self, Sandbox};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use crate::support::press;
use crate::support::server::{Server, command, order};

const STRIPE_ORDER: &str = "00000000-0000-4000-8000-000000000001";
const WECHAT_ORDER: &str = "00000000-0000-4000-8000-000000000002";

/// What another decoder reads in a PNG of one bit a pixel.
fn decoded(png: &[u8]) -> String {
    let mut reader = png::Decoder::new(std::io::Cursor::new(png)).read_info().unwrap();
    let mut rows = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut rows).unwrap();
    let side = info.width as usize;
    let luminance = |x: usize, y: usize| (rows[y * info.line_size + x / 8] >> (7 - x % 8) & 1) * 255;
    let mut picture = rqrr::PreparedImage::prepare_from_greyscale(side, side, luminance);
    picture.detect_grids()[0].decode().unwrap().1
}

/// The picture of a result, which comes after the text.
fn picture(result: &Value) -> Option<Vec<u8>> {
    let block = result["content"].get(1)?;
    assert_eq!(
        (&block["type"], &block["mimeType"]),
        (&json!("image"), &json!("image/png"))
    );
    Some(BASE64.decode(block["data"].as_str().unwrap()).unwrap())
}

#[tokio::test]
async fn a_wechat_link_comes_with_its_code_and_any_link_when_it_is_asked_for() {
    let mut server = Server::sandbox().await;
    for (id, way, asked, has_picture, has_text) in [
        (WECHAT_ORDER, "WECHATPAY", None, true, true),
        (WECHAT_ORDER, "WECHATPAY", Some(false), true, true),
        (WECHAT_ORDER, "WECHATPAY", Some(true), true, true),
        (STRIPE_ORDER, "STRIPE", Some(true), true, true),
        (STRIPE_ORDER, "STRIPE", Some(false), false, false),
        (STRIPE_ORDER, "STRIPE", None, false, false),
    ] {
        let result = server
            .call("pay_order", json!({"order_id": id, "pay_way": way, "qr_code": asked}))
            .await;
        let order = order(&result);
        let picture = picture(&result);
        assert_eq!(
            picture.as_deref().map(decoded).as_deref(),
            has_picture.then(|| order["pay_url"].as_str().unwrap())
        );
        assert_eq!(order.get("qr_code_text").is_some(), has_text);
        assert_eq!(order.get("qr_code_path"), None);
    }
}

#[tokio::test]
async fn who_looks_at_a_wechat_order_sees_its_code_again_and_the_page_that_shows_it() {
    let mut server = Server::sandbox().await;
    let arguments = json!({"order_id": WECHAT_ORDER, "pay_way": "WECHATPAY"});
    let started = order(&server.call("pay_order", arguments).await);
    let page = started["page_url"].as_str().unwrap();
    assert!(page.ends_with(&format!("/checkout/{WECHAT_ORDER}")), "{page}");
    let message = started["message"].as_str().unwrap();
    assert!(message.contains(page) && !message.contains("weixin:"), "{message}");
    let looked = order(
        &server
            .call("check_order_status", json!({"order_id": WECHAT_ORDER}))
            .await,
    );
    for fact in [
        "pay_url",
        "page_url",
        "qr_code_text",
        "message",
        "next_action",
        "next_step",
    ] {
        assert_eq!(looked[fact], started[fact], "{fact}");
    }
    // Of a link that a browser opens the page is the link.
    let arguments = json!({"order_id": STRIPE_ORDER, "pay_way": "STRIPE", "qr_code": true});
    assert_eq!(order(&server.call("pay_order", arguments).await).get("page_url"), None);
}

#[tokio::test]
async fn asking_for_a_code_starts_no_new_session_where_one_is_open() {
    let mut server = Server::sandbox().await;
    let ask = |way: &str, code: bool| json!({"order_id": WECHAT_ORDER, "pay_way": way, "qr_code": code});
    let first = order(&server.call("pay_order", ask("WECHATPAY", true)).await);
    let again = server.call("pay_order", ask("WECHATPAY", true)).await;
    assert_eq!(order(&again)["pay_url"], first["pay_url"]);
    assert_eq!(
        picture(&again).map(|png| decoded(&png)).as_deref(),
        first["pay_url"].as_str()
    );
    // Another way to pay is another session, and so is one that is asked for without a code.
    let other = order(&server.call("pay_order", ask("ALIPAY", true)).await);
    assert_eq!(other["next_action"], "open_pay_url");
    let third = order(&server.call("pay_order", ask("WECHATPAY", false)).await);
    assert_ne!(third["pay_url"], first["pay_url"]);
}

#[tokio::test]
async fn a_picture_is_written_where_the_operator_says_for_its_owner_alone() {
    let folder = tempfile::tempdir().unwrap();
    let inner = folder.path().join("codes");
    // An older file, which others could read.
    std::fs::create_dir(&inner).unwrap();
    std::fs::write(inner.join(format!("order-{WECHAT_ORDER}.png")), vec![b'x'; 9999]).unwrap();
    let mut server = Server::start(&["--sandbox", "--qr-dir", inner.to_str().unwrap()], &[]);
    server.initialize("2025-11-25").await;
    let result = server
        .call("pay_order", json!({"order_id": WECHAT_ORDER, "pay_way": "WECHATPAY"}))
        .await;
    let order = order(&result);
    let path = inner.join(format!("order-{WECHAT_ORDER}.png"));
    assert_eq!(order["qr_code_path"], path.to_str().unwrap());
    assert_eq!(
        decoded(&std::fs::read(&path).unwrap()),
        order["pay_url"].as_str().unwrap()
    );
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }
}

#[tokio::test]
async fn a_folder_that_cannot_be_written_costs_the_file_and_nothing_else() {
    let mut server = Server::start(&["--sandbox", "--qr-dir", "/dev/null/codes"], &[]);
    server.initialize("2025-11-25").await;
    let result = server
        .call("pay_order", json!({"order_id": WECHAT_ORDER, "pay_way": "WECHATPAY"}))
        .await;
    assert_eq!(order(&result).get("qr_code_path"), None);
    assert!(picture(&result).is_some());
}

#[cfg(unix)]
#[tokio::test]
async fn a_pipe_where_the_picture_belongs_stops_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join(format!("order-{WECHAT_ORDER}.png"));
    let made = std::process::Command::new("mkfifo").arg(&pipe).status().unwrap();
    assert!(made.success());
    let mut server = Server::start(&["--sandbox", "--qr-dir", folder.path().to_str().unwrap()], &[]);
    server.initialize("2025-11-25").await;
    let pay = json!({"order_id": WECHAT_ORDER, "pay_way": "WECHATPAY"});
    let result = server.call("pay_order", pay).await;
    assert_eq!(order(&result).get("qr_code_path"), None);
    assert!(picture(&result).is_some());
    order(
        &server
            .call("check_order_status", json!({"order_id": STRIPE_ORDER}))
            .await,
    );
}

#[cfg(unix)]
#[tokio::test]
async fn a_link_where_folder_or_picture_belongs_is_not_followed() {
    let place = tempfile::tempdir().unwrap();
    let (real, link) = (place.path().join("real"), place.path().join("link"));
    std::fs::create_dir(&real).unwrap();
    std::os::unix::fs::symlink(&real, &link).unwrap();
    let target = place.path().join("target");
    std::fs::write(&target, "untouched").unwrap();
    std::os::unix::fs::symlink(&target, real.join(format!("order-{WECHAT_ORDER}.png"))).unwrap();
    for (folder, what) in [(&link, "the folder"), (&real, "the file")] {
        let mut server = Server::start(&["--sandbox", "--qr-dir", folder.to_str().unwrap()], &[]);
        server.initialize("2025-11-25").await;
        let pay = json!({"order_id": WECHAT_ORDER, "pay_way": "WECHATPAY"});
        assert_eq!(order(&server.call("pay_order", pay).await).get("qr_code_path"), None);
        server.close_stdin();
        server.end().await;
        let stderr = server.stderr();
        assert!(
            stderr.contains(what) && stderr.contains("is a symbolic link, which is not followed"),
            "{stderr}"
        );
    }
    assert_eq!(std::fs::read(&target).unwrap(), b"untouched");
    assert_eq!(std::fs::read_dir(&real).unwrap().count(), 1);
}

#[tokio::test]
async fn the_picture_goes_once_the_order_is_seen_paid() {
    let folder = tempfile::tempdir().unwrap();
    let inner = folder.path().join("codes");
    let sandbox = Sandbox::start(0).await.unwrap();
    let arguments = ["--base-url", &sandbox.base_url(), "--qr-dir", inner.to_str().unwrap()];
    let environment = [("ACEDATACLOUD_PLATFORM_TOKEN", sandbox::TOKEN)];
    let mut server = Server::start(&arguments, &environment);
    server.initialize("2025-11-25").await;
    #[cfg(unix)]
    let mode = || {
        use std::os::unix::fs::PermissionsExt as _;
        std::fs::metadata(&inner).unwrap().permissions().mode() & 0o777
    };
    for by_terminal in [false, true] {
        let order_id = if by_terminal { STRIPE_ORDER } else { WECHAT_ORDER };
        let path = inner.join(format!("order-{order_id}.png"));
        let start = json!({"order_id": order_id, "pay_way": "WECHATPAY"});
        order(&server.call("pay_order", start).await);
        order(&server.call("check_order_status", json!({"order_id": order_id})).await);
        assert!(path.exists());
        press(&sandbox.checkout_url(order_id), "pay").await;
        assert!(path.exists());
        if by_terminal {
            let status = [&["status", order_id][..], &arguments].concat();
            let output = command(&status, &environment).output().await.unwrap();
            assert!(output.status.success());
        } else {
            order(&server.call("check_order_status", json!({"order_id": order_id})).await);
        }
        assert!(!path.exists());
    }
    #[cfg(unix)]
    assert_eq!(mode(), 0o700);
}
