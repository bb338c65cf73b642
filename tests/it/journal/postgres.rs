//! A journal in a database: what goes wrong there, and that the password shows nowhere.

use std::time::Instant;

use acedata_pay_mcp::journal::{Front, Journal, JournalError, Location, Outcome};
use pretty_assertions::assert_eq;

use super::places::Place;
use super::{PLATFORM, admitted, at, brought_to, ending, held, intent, order};

/// Ends every connection of this program.
const DISCONNECT: &str = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
     WHERE datname = current_database() AND application_name = 'acedata-pay-mcp'";

/// The address of a place's database, with another password, port or query.
fn address(place: &Place, password: Option<&str>, port: Option<u16>, query: &str) -> Location {
    let config = place.config.as_ref().unwrap();
    let own = std::str::from_utf8(config.get_password().unwrap()).unwrap();
    let (password, port) = (password.unwrap_or(own), port.unwrap_or(config.get_ports()[0]));
    let name = config.get_dbname().unwrap();
    format!("postgres://payer:{password}@127.0.0.1:{port}/{name}{query}")
        .parse()
        .unwrap()
}

#[tokio::test]
async fn a_database_that_cannot_be_reached_is_told_without_the_password() {
    let Some(place) = Place::database().await else { return };
    let free = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    for (location, said) in [
        (
            address(&place, Some("wr0ngsecret"), None, ""),
            "password authentication failed for user \"payer\"",
        ),
        (
            address(&place, Some("wr0ngsecret"), Some(free), ""),
            "Connection refused (os error 111)",
        ),
        (
            address(&place, Some("wr0ngsecret"), None, "?sslmode=require"),
            "invalid peer certificate: ",
        ),
        (
            address(&place, Some("wr0ngsecret"), None, "?sslmode=prefer"),
            "invalid peer certificate: ",
        ),
    ] {
        let journal = Journal::new(location, Front::Mcp);
        let error = journal.admit_signed(&intent(1, "0x01", at(0))).await.unwrap_err();
        let expected = format!("the database of the payment journal cannot be reached: {said}");
        assert!(matches!(error, JournalError::Unreachable(_)), "{error:?}");
        assert!(error.to_string().starts_with(&expected), "{error}");
        assert!(!format!("{error:?} {error:#} {journal:?} {}", journal.location()).contains("wr0ng"));
    }
}

#[tokio::test]
async fn a_database_that_is_not_there_is_told() {
    let Some(place) = Place::database().await else { return };
    let location = address(&place, None, None, "_not");
    let error = Journal::new(location, Front::Mcp).check().await.unwrap_err();
    assert!(error.to_string().ends_with("_not\" does not exist"), "{error}");
    assert!(matches!(error, JournalError::Unreachable(_)));
}

#[tokio::test]
async fn a_connection_that_was_lost_is_made_anew() {
    let Some(place) = Place::database().await else { return };
    let journal = place.journal();
    let id = admitted(&journal, &intent(1, "0x01", at(0))).await;
    place.execute(DISCONNECT).await;
    journal.mark_sent(id, at(1)).await.unwrap();
    place.execute(DISCONNECT).await;
    assert_eq!(held(&journal, &intent(1, "0x02", at(2))).await.outcome, Outcome::Sent);
}

#[tokio::test]
async fn tables_that_vanish_are_not_made_anew_by_the_process_that_used_them() {
    let Some(place) = Place::database().await else { return };
    let journal = place.journal();
    let id = brought_to(&journal, 1, Outcome::Sent).await;
    place
        .execute("DROP TABLE acedata_pay_journal, acedata_pay_attempt, acedata_pay_notice")
        .await;
    for _ in 0..2 {
        let admission = journal.admit_signed(&intent(1, "0x02", at(1))).await;
        assert_eq!(admission, Err(JournalError::Vanished));
        let ended = journal.end(id, ending(Outcome::Charged, at(2))).await;
        assert_eq!(ended, Err(JournalError::Vanished));
        place.execute(DISCONNECT).await;
    }
    assert!(!place.exists().await);
    admitted(&place.journal(), &intent(1, "0x02", at(3))).await;
}

#[tokio::test]
async fn a_database_that_can_only_be_read_is_told() {
    let Some(place) = Place::database().await else { return };
    brought_to(&place.journal(), 1, Outcome::Unknown).await;
    let name = place.config.as_ref().unwrap().get_dbname().unwrap();
    place
        .execute(&format!("ALTER DATABASE {name} SET default_transaction_read_only = on"))
        .await;
    let journal = place.journal();
    let refused = journal.admit_signed(&intent(1, "0x02", at(1))).await;
    assert_eq!(refused, Err(JournalError::ReadOnly));
    let holder = journal.holder(PLATFORM, order(1)).await.unwrap().unwrap();
    assert_eq!(holder.outcome, Outcome::Unknown);
}

#[tokio::test]
async fn a_commit_waits_for_the_disk_whatever_the_database_is_set_to() {
    let Some(place) = Place::database().await else { return };
    let name = place.config.as_ref().unwrap().get_dbname().unwrap();
    place
        .execute(&format!("ALTER DATABASE {name} SET synchronous_commit = off"))
        .await;
    place
        .execute(
            "CREATE TABLE seen (setting TEXT); \
             CREATE FUNCTION look() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
             INSERT INTO public.seen VALUES (current_setting('synchronous_commit')); RETURN NEW; END $$",
        )
        .await;
    let journal = place.journal();
    admitted(&journal, &intent(1, "0x01", at(0))).await;
    place
        .execute("CREATE TRIGGER look BEFORE INSERT ON acedata_pay_attempt FOR EACH ROW EXECUTE FUNCTION look()")
        .await;
    admitted(&journal, &intent(2, "0x01", at(0))).await;
    place
        .execute("DO $$ BEGIN ASSERT (SELECT string_agg(setting, ' ') FROM seen) = 'on'; END $$")
        .await;
}

#[tokio::test]
async fn a_server_that_does_not_answer_is_not_waited_for_without_end() {
    if Place::database().await.is_none() {
        return;
    }
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let location = format!("postgres://payer:secret@127.0.0.1:{port}/pay").parse().unwrap();
    let started = Instant::now();
    let error = Journal::new(location, Front::Mcp).check().await.unwrap_err();
    assert_eq!(error, JournalError::Unreachable("no answer within 10 s".to_owned()));
    assert!((9..15).contains(&started.elapsed().as_secs()));
}
