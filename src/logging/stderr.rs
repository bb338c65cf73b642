//! stderr as a log sink that never makes its caller wait.
//!
//! A host may start the program with a pipe as its stderr and never read it. Once the pipe is full, a write blocks for
//! good; on the thread that serves, that would stop every call. So a thread of its own writes what a bounded buffer holds,
//! and lines that do not fit are dropped and counted.

use std::io::{self, Write};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// How many bytes of lines may wait while stderr is not read, besides those being written: some 1,000 lines.
const MOST_WAITING: usize = 128 * 1024;

/// How long one write may take at the end of the process. One that takes longer is one that nobody reads.
const LAST_WRITE: Duration = Duration::from_secs(1);

/// How long to leave a stderr alone that somebody has made non-blocking, and that takes nothing at the moment.
const PAUSE: Duration = Duration::from_millis(20);

/// The lines on their way to stderr. Clones share them.
#[derive(Debug, Clone, Default)]
pub(super) struct Stderr(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    waiting: Vec<u8>,
    /// Lines that were dropped after those that wait.
    lost: u64,
    /// Since when the thread writes what it took last; `None` when it has nothing to do.
    writing_since: Option<Instant>,
}

impl Stderr {
    /// Starts the thread that writes. Without one, lines are dropped.
    pub(super) fn start() -> Self {
        let stderr = Self::default();
        let shared = Arc::clone(&stderr.0);
        let write = move || {
            loop {
                write_all(&mut io::stderr(), &shared.take());
            }
        };
        let _ = thread::Builder::new().name("stderr".into()).spawn(write);
        stderr
    }

    /// Waits until everything is written, or one write takes too long.
    pub(super) fn finish(&self) {
        let mut state = self.0.state();
        let asked_at = Instant::now();
        while !state.is_idle() {
            let left = LAST_WRITE.saturating_sub(state.writing_since.unwrap_or(asked_at).elapsed());
            if left.is_zero() {
                return;
            }
            let woken = self.0.changed.wait_timeout(state, left);
            state = woken.unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

impl Write for Stderr {
    /// Takes a whole line, or drops it where there is no room; it never fails.
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.0.state().add(line);
        self.0.changed.notify_all();
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is to be written next; it waits for that. What was taken before is written.
    fn take(&self) -> Vec<u8> {
        let mut state = self.state();
        state.writing_since = None;
        self.changed.notify_all();
        while state.is_idle() {
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        state.take()
    }
}

impl State {
    fn add(&mut self, line: &[u8]) {
        // After a line that was dropped the others are too, so that the gap is told of where it is.
        if self.lost > 0 || self.waiting.len() + line.len() > MOST_WAITING {
            self.lost += 1;
        } else {
            self.waiting.extend_from_slice(line);
        }
    }

    fn take(&mut self) -> Vec<u8> {
        self.writing_since = Some(Instant::now());
        let mut bytes = std::mem::take(&mut self.waiting);
        let lost = std::mem::take(&mut self.lost);
        if lost > 0 {
            bytes.extend_from_slice(
                format!("{lost} log lines were dropped here: nobody was reading stderr\n").as_bytes(),
            );
        }
        bytes
    }

    fn is_idle(&self) -> bool {
        self.waiting.is_empty() && self.lost == 0 && self.writing_since.is_none()
    }
}

/// Writes as much as can be written: a stderr that is closed, or a file on a full disk, must not disturb.
fn write_all(stderr: &mut impl Write, mut bytes: &[u8]) {
    while !bytes.is_empty() {
        match stderr.write(bytes) {
            Ok(written @ 1..) => bytes = bytes.get(written..).unwrap_or_default(),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => thread::sleep(PAUSE),
            Ok(0) | Err(_) => return,
        }
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    #[test]
    fn lines_that_do_not_fit_are_counted_and_told_of_where_they_are_missing() {
        let line = [b"x".repeat(1023), vec![b'\n']].concat();
        let mut state = State::default();
        for _ in 0..131 {
            state.add(&line);
        }
        // It would fit, and would stand before the gap that it comes after.
        state.add(b"short\n");
        let told = "4 log lines were dropped here: nobody was reading stderr\n";
        assert_eq!(state.take(), [line.repeat(128), told.into()].concat());
        state.add(b"later\n");
        assert_eq!(state.take(), b"later\n");
        assert_eq!(state.waiting.capacity(), 0);
    }

    /// Takes three bytes now and then, and fails in between.
    struct Reluctant(Vec<u8>, u8);

    impl Write for Reluctant {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.1 += 1;
            match self.1 % 3 {
                0 => Err(io::ErrorKind::WouldBlock.into()),
                1 => Err(io::ErrorKind::Interrupted.into()),
                _ => self.0.write(&bytes[..bytes.len().min(3)]),
            }
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_stderr_that_takes_little_at_a_time_gets_everything_and_a_closed_one_nothing() {
        let mut reluctant = Reluctant(Vec::new(), 0);
        write_all(&mut reluctant, b"all of it\n");
        assert_eq!(reluctant.0, b"all of it\n");
        let mut full = [0; 4];
        write_all(&mut full.as_mut_slice(), b"all of it\n");
        assert_eq!(&full, b"all ");
    }
}
