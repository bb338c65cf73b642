//! Asking the platform whether it accepts the token, for a self-check.

use std::time::SystemTime;

use reqwest::header::DATE;
use serde_json::{Map, Value};
use tokio::time::Instant;

use super::Platform;
use super::answer::refusal;
use super::error::{BadResponse, Error, ErrorKind};
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
            date: date(&answer),
        })
    }
}

fn accepted(answer: &Answer) -> Result<(), Error> {
    if !answer.status.is_success() {
        return Err(refusal(answer));
    }
    let bad = if answer.is_page() {
        BadResponse::WebPage
    } else if serde_json::from_slice::<Map<String, Value>>(&answer.body).is_err() {
        BadResponse::NotAnAccount
    } else {
        return Ok(());
    };
    Err(Error {
        status: Some(answer.status.as_u16()),
        ..Error::of(ErrorKind::BadResponse(bad))
    })
}

fn date(answer: &Answer) -> Option<SystemTime> {
    httpdate::parse_http_date(answer.headers.get(DATE)?.to_str().ok()?).ok()
}
