//! A journal in a file: nobody else's, never replaced, and never made anew in the place of a damaged one.

use std::path::{Path, PathBuf};

use acedata_pay_mcp::journal::{Front, Journal, JournalError, Location, Outcome};
use pretty_assertions::assert_eq;

use super::places::Place;
use super::{PLATFORM, admitted, at, brought_to, ending, held, intent, order};

/// A place with a journal that has an open attempt, not in use.
async fn used() -> Place {
    let place = Place::file();
    brought_to(&place.journal(), 1, Outcome::Unknown).await;
    settled(&place.path());
    place
}

/// Waits until the journal is closed: the task that a call ran in may hold it for a moment longer.
fn settled(path: &Path) {
    for _ in 0..1000 {
        if !beside(path, "-wal").exists() {
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    panic!("it is still open");
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    format!("{}{suffix}", path.display()).into()
}

async fn refusal(journal: &Journal) -> JournalError {
    journal.admit_signed(&intent(2, "0x02", at(1))).await.unwrap_err()
}

#[tokio::test]
async fn a_file_that_is_damaged_or_no_journal_is_refused_and_left_as_it_is() {
    let place = used().await;
    let path = place.path();
    let whole = std::fs::read(&path).unwrap();
    let journal = place.journal();
    let mut scratched = whole.clone();
    scratched[4096..].iter_mut().for_each(|byte| *byte = 0xA5);
    let other = {
        let file = tempfile::NamedTempFile::new().unwrap();
        let connection = rusqlite::Connection::open(file.path()).unwrap();
        connection.execute_batch("CREATE TABLE notes (text TEXT)").unwrap();
        std::fs::read(file.path()).unwrap()
    };
    for (damaged, what) in [
        (Vec::new(), "empty"),
        (b"not a database at all, but a note of somebody".repeat(100), "text"),
        (whole[..100].to_vec(), "its header"),
        (whole[..whole.len() / 2].to_vec(), "half of it"),
        (whole[..whole.len() - 4096].to_vec(), "all but its last page"),
        (scratched, "scratched"),
        (other, "another program's"),
    ] {
        std::fs::write(&path, &damaged).unwrap();
        for refused in [
            journal.admit_signed(&intent(2, "0x02", at(1))).await.err(),
            journal.holder(PLATFORM, order(1)).await.err(),
            journal.check().await.err(),
        ] {
            assert!(matches!(refused, Some(JournalError::Damaged(_))), "{what}: {refused:?}");
        }
        assert_eq!(std::fs::read(&path).unwrap(), damaged, "{what}");
    }
    std::fs::write(&path, &whole).unwrap();
    held(&journal, &intent(1, "0x02", at(1))).await;
}

#[tokio::test]
async fn a_journal_that_vanishes_in_use_refuses_until_it_is_back_or_the_program_starts_anew() {
    let place = used().await;
    let journal = place.journal();
    let id = journal.holder(PLATFORM, order(1)).await.unwrap().unwrap().id;
    for name in ["journal.sqlite3", "journal.sqlite3-wal"] {
        let (path, away) = (place.path().with_file_name(name), place.path().with_file_name("away"));
        std::fs::rename(&path, &away).unwrap();
        assert_eq!(refusal(&journal).await, JournalError::Vanished, "{name}");
        std::fs::copy(&away, &path).unwrap();
        assert_eq!(refusal(&journal).await, JournalError::Vanished, "{name}");
        let charged = journal.end(id, ending(Outcome::Charged, at(5))).await;
        assert_eq!(charged, Err(JournalError::Vanished), "{name}");
        std::fs::rename(&away, &path).unwrap();
        held(&journal, &intent(1, "0x02", at(1))).await;
    }
    std::fs::remove_dir_all(place.path().parent().unwrap()).unwrap();
    assert_eq!(refusal(&journal).await, JournalError::Vanished);
    assert!(!place.exists().await);
    admitted(&place.journal(), &intent(1, "0x02", at(1))).await;
    assert_eq!(refusal(&journal).await, JournalError::Vanished);
}

#[tokio::test]
async fn a_folder_that_is_a_file_is_told_and_the_next_call_tries_again() {
    let place = Place::file();
    let folder = place.path().parent().unwrap().to_owned();
    std::fs::write(&folder, "").unwrap();
    let journal = place.journal();
    let error = refusal(&journal).await;
    assert!(matches!(error, JournalError::Unopenable(_)), "{error:?}");
    std::fs::remove_file(&folder).unwrap();
    admitted(&journal, &intent(1, "0x02", at(1))).await;
}

#[tokio::test]
async fn the_clones_of_a_temporary_journal_share_it_and_another_one_is_another() {
    let temporary = || Journal::new(Location::Temporary, Front::Terminal);
    let (journal, other) = (temporary(), temporary());
    let id = admitted(&journal, &intent(1, "0x01", at(0))).await;
    let clone = journal.clone();
    drop(journal);
    assert_eq!(held(&clone, &intent(1, "0x02", at(1))).await.id, id);
    admitted(&other, &intent(1, "0x02", at(1))).await;
    assert_eq!(clone.location().to_string(), "a temporary file");
}

#[cfg(unix)]
mod unix {
    use std::fs::Permissions;
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    use pretty_assertions::assert_eq;

    use super::*;

    fn mode(path: &Path) -> u32 {
        std::fs::metadata(path).unwrap().permissions().mode() & 0o7777
    }

    fn set_mode(path: &Path, mode: u32) {
        std::fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
    }

    #[tokio::test]
    async fn its_files_are_its_owners_alone() {
        let place = Place::file();
        let journal = place.journal();
        admitted(&journal, &intent(1, "0x01", at(0))).await;
        let path = place.path();
        assert_eq!(mode(path.parent().unwrap()), 0o700);
        let mut names: Vec<_> = std::fs::read_dir(path.parent().unwrap())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        assert_eq!(names, ["journal.sqlite3", "journal.sqlite3-shm", "journal.sqlite3-wal"]);
        for name in names {
            assert_eq!(mode(&path.with_file_name(&name)), 0o600, "{name}");
        }
    }

    #[tokio::test]
    async fn what_others_can_use_is_refused_and_not_changed() {
        let place = used().await;
        let (path, journal) = (place.path(), place.journal());
        let folder = path.parent().unwrap();
        for mode_now in [0o640, 0o604, 0o660, 0o666, 0o601] {
            set_mode(&path, mode_now);
            let too_open = JournalError::TooOpen {
                path: path.clone(),
                mode: mode_now,
            };
            assert_eq!(refusal(&journal).await, too_open);
            assert!(too_open.to_string().ends_with(&format!("is {mode_now:04o}")));
            assert_eq!(journal.check().await, Err(too_open));
            assert_eq!(mode(&path), mode_now);
        }
        set_mode(&path, 0o600);
        for mode_now in [0o720, 0o702, 0o1777] {
            set_mode(folder, mode_now);
            let too_open = JournalError::TooOpen {
                path: folder.to_owned(),
                mode: mode_now,
            };
            assert_eq!(refusal(&journal).await, too_open);
            let elsewhere = Journal::new(Location::File(folder.join("new.sqlite3")), Front::Mcp);
            assert_eq!(refusal(&elsewhere).await, too_open);
        }
        set_mode(folder, 0o755);
        std::fs::write(beside(&path, "-wal"), "").unwrap();
        set_mode(&beside(&path, "-wal"), 0o644);
        assert!(matches!(
            refusal(&journal).await,
            JournalError::TooOpen { mode: 0o644, .. }
        ));
        set_mode(&beside(&path, "-wal"), 0o600);
        held(&journal, &intent(1, "0x02", at(1))).await;
    }

    #[tokio::test]
    async fn what_is_not_a_regular_file_is_refused() {
        let (place, other) = (used().await, Place::file());
        let (path, journal) = (other.path(), other.journal());
        std::fs::create_dir(path.parent().unwrap()).unwrap();
        for target in [place.path(), "/nowhere".into(), "/dev/null".into()] {
            symlink(&target, &path).unwrap();
            assert_eq!(refusal(&journal).await, JournalError::NotAFile(path.clone()));
            std::fs::remove_file(&path).unwrap();
        }
        std::fs::create_dir(&path).unwrap();
        assert_eq!(refusal(&journal).await, JournalError::NotAFile(path));
        // A folder may be a link: it is the user's own.
        let linked = other.folder.as_ref().unwrap().path().join("linked");
        symlink(place.path().parent().unwrap(), &linked).unwrap();
        let journal = Journal::new(Location::File(linked.join("journal.sqlite3")), Front::Mcp);
        held(&journal, &intent(1, "0x02", at(1))).await;
    }
}
