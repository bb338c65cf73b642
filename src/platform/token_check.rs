//! Asking the platform whether it accepts the token, for a self-check.

use std::time::SystemTime;

use serde_json::{Map, Value};
use tokio::time::Instant;

use super::Platform;
use super::answer::{bad, refusal};
use super::body::Speaker;
use super::error::{BadResponse, Error};
use super::http::Answer;

/// What came of asking the platform whose token it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenCheck {
    /// Whether the platform accepts the token, and if not, why.
    pub accepted: Result<(), Error>,
    /// What the platform's clock showed, where the answer says so.
    pub date: Option<SystemTime>,
}

impl Platform {
    /// Asks whose token it is, once: `GET /api/v1/platform-tokens/me/`. What the platform tells of the account is not kept.
    ///
    /// Without a token it is asked all the same: the refusal shows that the platform is there.
    ///
    /// # Errors
    /// [`Error`] when there is no whole answer.
    pub async fn check_token(&self, deadline: Instant) -> Result<TokenCheck, Error> {
        let url = self.base.endpoint(["platform-tokens", "me"]);
        let answer = self.http.get(url, self.token.as_ref(), deadline).await?;
        Ok(TokenCheck {
            accepted: accepted(&answer),
            date: answer.date(),
        })
    }
}

fn accepted(answer: &Answer) -> Result<(), Error> {
    if !answer.status.is_success() {
        return Err(refusal(answer));
    }
    let reason = if answer.body.speaker() == Speaker::Page {
        BadResponse::WebPage
    } else if serde_json::from_slice::<Map<String, Value>>(answer.body.as_bytes()).is_err() {
        BadResponse::NotAnAccount
    } else {
        return Ok(());
    };
    Err(bad(answer, reason))
}
