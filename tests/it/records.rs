//! What a person sees of the journal and does with it, over the real binary: `history`, `release` and the check of `doctor`.

use std::path::PathBuf;
use std::process::Stdio;

use acedata_pay_mcp::journal::{
    Admission, Attempt, AttemptId, Ending, Front, Intent, Journal, Location, Outcome, Payment, Receipt, Signed,
    UnixMillis,
};
use acedata_pay_mcp::pay_way::StatedPayWay;
use acedata_pay_mcp::text::Text;
use pretty_assertions::assert_eq;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::platform::{Platform, Reply};
use crate::support::server::command;
use crate::support::{ORDER, PENDING, TOKEN};

const OTHER: &str = "a1b2c3d4-e5f6-7890-abcd-000000000002";
const PAYEE: &str = "0x209693Bc6afc0C5328bA36FaF03C514EF312287C";
const TRANSACTION: &str = "0x0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

/// A journal with a signed payment that has charged and, for another order, one in some other state.
struct Place {
    _folder: TempDir,
    path: PathBuf,
    journal: Journal,
}

impl Place {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal.sqlite3");
        Self {
            journal: Journal::new(Location::File(path.clone()), Front::Mcp),
            path,
            _folder: folder,
        }
    }

    /// Writes a signed payment down that comes to that outcome, and says when.
    async fn signed(&self, platform: &str, order: &str, outcome: Outcome) -> AttemptId {
        let intent = Intent {
            payment: Payment {
                platform: platform.to_owned(),
                order: order.parse().unwrap(),
                pay_way: StatedPayWay::read("X402"),
                surface: None,
                price: Text::fact("1.20"),
                currency: Text::fact("USD"),
            },
            signed: Signed {
                amount: Text::fact("1.20"),
                asset: Text::fact("0x833589fCD6eDb6E08f4c7C32D4f71b54bdA02913"),
                network: Text::fact("eip155:8453"),
                payee: Text::fact(PAYEE),
                payer: Text::fact("0x7e5f4552091a69125d5dfcb7b8c2659029395bdf"),
                valid_before: Some(1_795_000_120),
                ..Signed::default()
            },
            begun_at: UnixMillis(1_795_000_000_000),
        };
        let Admission::Admitted(id) = self.journal.admit_signed(&intent).await.unwrap() else {
            panic!("another payment holds the order");
        };
        self.journal.mark_sent(id, UnixMillis(1_795_000_001_000)).await.unwrap();
        if outcome != Outcome::Sent {
            let ending = Ending {
                outcome,
                code: None,
                receipt: (outcome == Outcome::Charged).then(|| Receipt {
                    transaction: Text::fact(TRANSACTION),
                    ..Receipt::default()
                }),
                at: UnixMillis(1_795_000_002_000),
            };
            self.journal.end(id, ending).await.unwrap();
        }
        id
    }

    /// The newest attempt for an order.
    async fn latest(&self, order: &str) -> Attempt {
        let history = self.journal.history(Some(order.parse().unwrap()), 1).await.unwrap();
        history.into_iter().next().unwrap()
    }

    /// Runs a command with this journal, and with a pipe in place of a terminal: its exit code, stdout and stderr.
    async fn run(&self, arguments: &[&str], base_url: &str) -> (i32, String, String) {
        let variables = [
            ("ACEDATACLOUD_JOURNAL", self.path.to_str().unwrap()),
            ("ACEDATACLOUD_PLATFORM_TOKEN", TOKEN),
            ("PLATFORM_API_BASE_URL", base_url),
        ];
        let output = command(arguments, &variables)
            .stdin(Stdio::null())
            .output()
            .await
            .unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
    }
}

/// An address where nobody answers: nothing is to be asked there.
const NOBODY: &str = "https://platform.invalid";

#[tokio::test]
async fn history_tells_what_was_paid_how_much_to_whom_and_by_which_transaction() {
    let place = Place::new();
    let id = place.signed("platform.acedata.cloud", ORDER, Outcome::Charged).await;
    place.signed("platform.acedata.cloud", OTHER, Outcome::Unknown).await;
    let (code, table, stderr) = place.run(&["history"], NOBODY).await;
    let mut lines: Vec<_> = table.lines().collect();
    // Both were begun at the same time.
    lines[1..].sort_by_key(|line| !line.contains("charged"));
    let gap = " ".repeat(TRANSACTION.len() - "transaction".len());
    assert_eq!(
        lines,
        [
            format!(
                "when                  order                                 how     amount     payee{}  outcome  transaction{gap}",
                " ".repeat(37)
            )
            .trim_end(),
            &format!("2026-11-18T11:06:40Z  {ORDER}  signed  1.20 USDC  {PAYEE}  charged  {TRANSACTION}"),
            &format!("2026-11-18T11:06:40Z  {OTHER}  signed  1.20 USDC  {PAYEE}  unknown  -"),
        ]
    );
    assert_eq!((code, stderr.as_str()), (0, ""));

    let (code, stdout, stderr) = place.run(&["history", ORDER, "--json"], NOBODY).await;
    let found: Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!(found, json!([place.latest(ORDER).await]));
    assert_eq!(
        (
            &found[0]["id"],
            &found[0]["begun_at"],
            &found[0]["receipt"]["transaction"]
        ),
        (&json!(id), &json!("2026-11-18T11:06:40Z"), &json!(TRANSACTION))
    );
    assert_eq!((code, stderr.as_str()), (0, ""));

    let (_, csv, _) = place.run(&["history", "--csv", "--limit", "1"], NOBODY).await;
    assert!(csv.starts_with("id,how,platform,order,pay_way,"), "{csv}");
    assert_eq!(csv.lines().count(), 2);
    let (_, record, _) = place.run(&["history", ORDER], NOBODY).await;
    assert!(record.contains(&format!("\n  transaction {TRANSACTION}\n")), "{record}");
}

#[tokio::test]
async fn history_makes_no_journal_and_says_what_is_wrong_with_one() {
    let place = Place::new();
    let shown = place.path.display();
    for (arguments, expected) in [
        (
            vec!["history"],
            format!("No attempt to pay is in the journal, {shown}.\n"),
        ),
        (vec!["history", "--json"], "[]\n".to_owned()),
    ] {
        assert_eq!(
            place.run(&arguments, NOBODY).await,
            (0, expected, String::new()),
            "{arguments:?}"
        );
    }
    let (_, csv, _) = place.run(&["history", "--csv"], NOBODY).await;
    assert_eq!(csv.lines().count(), 1, "{csv}");
    assert!(!place.path.exists());

    place.signed("h", ORDER, Outcome::Sent).await;
    std::fs::write(&place.path, "no journal at all").unwrap();
    let (code, stdout, stderr) = place.run(&["history"], NOBODY).await;
    assert_eq!((code, stdout.as_str()), (1, ""));
    assert!(
        stderr.starts_with("error: the payment journal is damaged: ")
            && stderr.contains("\nhint: keep the damaged journal"),
        "{stderr}"
    );
    for arguments in [
        vec!["history", "nix"],
        vec!["history", "--json", "--csv"],
        vec!["history", "--limit", "0"],
        vec!["history", "--limit", "1001"],
        vec!["release"],
        vec!["release", ORDER, "--yes"],
    ] {
        let (code, stdout, _) = place.run(&arguments, NOBODY).await;
        assert_eq!((code, stdout.as_str()), (2, ""), "{arguments:?}");
    }
}

#[tokio::test]
async fn without_a_terminal_nothing_is_released_and_nobody_is_asked() {
    let platform = Platform::start([]).await;
    let place = Place::new();
    let host = platform.base_url.trim_start_matches("http://");
    place.signed(host, ORDER, Outcome::Unknown).await;
    let told = place.run(&["release", ORDER], &platform.base_url).await;
    let refused = "error: nothing was released: a person has to answer a question, and this is no terminal\n\
                   hint: run it in a terminal, without a pipe or a file\n";
    assert_eq!(told, (4, String::new(), refused.to_owned()));
    assert_eq!(place.latest(ORDER).await.outcome, Outcome::Unknown);
    assert_eq!(platform.requests(), []);
}

#[tokio::test]
async fn the_doctor_tells_where_the_journal_is_and_how_many_payments_are_open() {
    let platform = Platform::scripted(|_, _| Reply::json(200, json!({"id": "t", "user_id": "u", "name": "n"}))).await;
    let place = Place::new();
    let shown = place.path.display();
    let check = async |place: &Place| {
        let (_, stdout, _) = place.run(&["doctor", "--json"], &platform.base_url).await;
        let report: Value = serde_json::from_str(&stdout).unwrap();
        let checks = report["checks"].as_array().unwrap();
        let found: Vec<_> = checks.iter().filter(|check| check["name"] == "journal").collect();
        assert_eq!(found.len(), 1);
        (
            found[0]["status"].clone(),
            found[0]["said"].as_str().unwrap().to_owned(),
        )
    };
    let from = "(from `ACEDATACLOUD_JOURNAL`)";
    assert_eq!(
        check(&place).await,
        (json!("ok"), format!("{shown} {from}, made with the first payment"))
    );
    assert!(!place.path.exists());
    place.signed("h", OTHER, Outcome::Failed).await;
    assert_eq!(
        check(&place).await,
        (json!("ok"), format!("{shown} {from}, 1 in it, none open"))
    );
    place.signed("h", ORDER, Outcome::Unknown).await;
    assert_eq!(
        check(&place).await,
        (json!("warning"), format!("{shown} {from}, 2 in it, 1 open"))
    );
    std::fs::write(&place.path, "no journal at all").unwrap();
    let (status, said) = check(&place).await;
    assert_eq!(status, json!("failed"));
    assert!(
        said.starts_with(&format!("{shown}: the payment journal is damaged: ")),
        "{said}"
    );
}

/// A terminal for the command, by `script` of util-linux, which every Debian has.
#[cfg(target_os = "linux")]
mod terminal {
    use std::time::Duration;

    use pretty_assertions::assert_eq;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::process::Command;
    use tokio::time::timeout;

    use super::*;
    use crate::support::server::BINARY;

    /// Runs `release` in a terminal and answers its question: its exit code, and what is on the screen.
    async fn release(place: &Place, base_url: &str, answer: &str) -> (i32, String) {
        let mut child = Command::new("script")
            .args(["--quiet", "--return", "--command"])
            .arg(format!("{BINARY} release {ORDER}"))
            .arg("/dev/null")
            .env("ACEDATACLOUD_JOURNAL", &place.path)
            .env("ACEDATACLOUD_PLATFORM_TOKEN", TOKEN)
            .env("PLATFORM_API_BASE_URL", base_url)
            .env("SHELL", "/bin/sh")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut input = child.stdin.take().unwrap();
        let mut output = child.stdout.take().unwrap();
        let mut screen = Vec::new();
        let talk = async {
            let mut is_answered = false;
            let mut bytes = [0; 1024];
            while let Ok(read @ 1..) = output.read(&mut bytes).await {
                screen.extend_from_slice(&bytes[..read]);
                if !is_answered && String::from_utf8_lossy(&screen).contains("Type yes to release it: ") {
                    is_answered = true;
                    input.write_all(answer.as_bytes()).await.unwrap();
                }
            }
            child.wait().await.unwrap()
        };
        let status = timeout(Duration::from_secs(20), talk).await.unwrap();
        let screen = String::from_utf8(screen).unwrap().replace('\r', "");
        (status.code().unwrap(), screen)
    }

    fn stands(state: &'static str) -> impl Fn(usize, &crate::support::platform::Request) -> Reply {
        move |_, _| Reply::json(200, PENDING.replace("Pending", state))
    }

    #[tokio::test]
    async fn yes_in_full_releases_what_was_shown_and_anything_else_nothing() {
        let platform = Platform::scripted(stands("Pending")).await;
        let place = Place::new();
        let host = platform.base_url.trim_start_matches("http://");
        let id = place.signed(host, ORDER, Outcome::Unknown).await;
        let (code, screen) = release(&place, &platform.base_url, "y\n").await;
        assert_eq!(code, 4, "{screen}");
        for said in [
            "Nothing was changed.",
            "paid twice",
            PAYEE,
            "valid until 2026-11-18T11:08:40Z",
        ] {
            assert!(screen.contains(said), "{screen}");
        }
        assert_eq!(place.latest(ORDER).await.outcome, Outcome::Unknown);
        let (code, screen) = release(&place, &platform.base_url, "yes\n").await;
        assert!(screen.contains("Released: the order may be paid again."), "{screen}");
        assert_eq!(code, 0);
        let released = place.latest(ORDER).await;
        assert_eq!((released.id, released.outcome), (id, Outcome::Released));
        let (code, screen) = release(&place, &platform.base_url, "").await;
        assert_eq!(
            (code, screen.as_str()),
            (
                3,
                "There is nothing to release: no signed payment of this order is open.\n"
            )
        );
    }

    #[tokio::test]
    async fn an_order_that_turns_out_to_be_paid_or_over_is_not_released() {
        for (state, code, said, outcome) in [
            (
                "Finished",
                4,
                "error: nothing was released: this payment has charged the payer\n",
                Outcome::Charged,
            ),
            (
                "Expired",
                3,
                "There is nothing to release any more: the signed payment of this order has ended.\n",
                Outcome::Closed,
            ),
        ] {
            let platform = Platform::scripted(stands(state)).await;
            let place = Place::new();
            let host = platform.base_url.trim_start_matches("http://");
            place.signed(host, ORDER, Outcome::Unknown).await;
            let (ended, screen) = release(&place, &platform.base_url, "yes\n").await;
            assert!(screen.contains(said), "{screen}");
            assert_eq!((ended, place.latest(ORDER).await.outcome), (code, outcome), "{state}");
        }
    }

    #[tokio::test]
    async fn a_platform_that_cannot_be_reached_is_told_before_the_question() {
        let platform = Platform::scripted(|_, _| Reply::with_headers(429, &["retry-after: 600"], "{}")).await;
        let place = Place::new();
        let host = platform.base_url.trim_start_matches("http://");
        place.signed(host, ORDER, Outcome::Sent).await;
        let (code, screen) = release(&place, &platform.base_url, "yes\n").await;
        assert_eq!(code, 0, "{screen}");
        assert!(
            screen.starts_with("How the order stands could not be looked at: "),
            "{screen}"
        );
        assert!(screen.contains("may be at work on it"), "{screen}");
        assert_eq!(place.latest(ORDER).await.outcome, Outcome::Released);
    }
}
