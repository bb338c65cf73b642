//! The times that must add up: how long a call takes, and how it is shared out.
//!
//! Clients give up on a call after a minute, so every call ends well before, whatever the platform does.

use std::time::Duration;

/// When clients give up on a call.
///
/// Source: what MCP hosts were seen to do.
const CLIENTS_GIVE_UP: Duration = Duration::from_secs(60);

/// How long a call may take in all, tries and waits included.
pub(super) const CALL_TIME: Duration = Duration::from_secs(45);

/// How long after its deadline a call may still take to say what came of it.
pub(super) const LAST_WORD: Duration = Duration::from_millis(500);

/// How much of a call is kept back to look at the order when the end of a payment request is unclear.
pub(super) const LOOK_TIME: Duration = Duration::from_secs(12);

/// The longest time that a caller may ask to wait for the payment.
pub const LONGEST_WAIT: Duration = Duration::from_secs(50);

/// How much of the longest wait is kept back for the last look.
pub(super) const LAST_LOOK: Duration = Duration::from_secs(2);

/// The longest that is really waited.
pub(crate) const MOST_WAITED: Duration = LONGEST_WAIT.saturating_sub(LAST_LOOK);

/// How long a call waits for a person who is asked inside the client, the payment before it included.
pub(crate) const ASKING_TIME: Duration = Duration::from_secs(40);

/// How long looking at an order may take after its link was offered: the person has taken most of the call's time.
pub(super) const AFTER_OFFER: Duration = Duration::from_secs(5);

/// How long a settlement may take. It outlasts the call that asked for it.
///
/// Source: the platform waits for the chain, and its documentation asks clients to allow 150 s.
pub(super) const SETTLEMENT_TIME: Duration = Duration::from_secs(150);

/// How long a wait may still take for its first look at the order when the session ends. Later ones are not waited for.
pub(super) const FIRST_LOOK_AT_END: Duration = Duration::from_secs(1);

/// How long after the end of stdin a settlement is waited for before its call is answered.
pub(crate) const LAST_ANSWER: Duration = Duration::from_secs(4);

/// How long calls may take to answer once stdin is closed.
///
/// Source: `rmcp`, which ends them then.
const AFTER_END_OF_INPUT: Duration = Duration::from_secs(5);

/// How long after a signal everything may take: to answer, to end requests, and to write the answers.
///
/// Source: hosts kill a process 2 s after they have sent it a signal.
pub(crate) const AFTER_SIGNAL: Duration = Duration::from_millis(1500);

/// How long after a signal a settlement is waited for before its call is answered.
pub(crate) const LAST_ANSWER_AFTER_SIGNAL: Duration = Duration::from_secs(1);

/// How long the last answers may take to be written where the client does not read them.
pub(crate) const LAST_WRITES: Duration = Duration::from_secs(2);

/// How long the requests of calls that nobody waits for are waited for at the end of the process.
pub(crate) const LAST_REQUESTS: Duration = Duration::from_secs(2);

// Whoever changes one of them is told here which others it must fit.
const _: () = {
    assert!(
        CALL_TIME.as_millis() + LAST_WORD.as_millis() < 46_000,
        "the documents say 46 s"
    );
    assert!(ASKING_TIME.as_millis() + AFTER_OFFER.as_millis() <= CALL_TIME.as_millis());
    assert!(
        LOOK_TIME.as_millis() * 2 < CALL_TIME.as_millis(),
        "most of a call is for the payment itself"
    );
    assert!(LAST_LOOK.as_millis() < LONGEST_WAIT.as_millis());
    assert!(LONGEST_WAIT.as_millis() < CLIENTS_GIVE_UP.as_millis());
    assert!(
        CALL_TIME.as_millis() < SETTLEMENT_TIME.as_millis(),
        "a settlement is what a call need not wait for"
    );
    assert!(FIRST_LOOK_AT_END.as_millis() < LAST_ANSWER.as_millis());
    assert!(LAST_ANSWER_AFTER_SIGNAL.as_millis() < AFTER_SIGNAL.as_millis());
    assert!(LAST_ANSWER.as_millis() < AFTER_END_OF_INPUT.as_millis());
};
