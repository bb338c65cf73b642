//! Asking the person inside the client: the payment link, offered through URL elicitation.
//!
//! An upgrade, never a need: the link is in the result whatever comes of it. Sessions of 2025-11-25 are asked by a
//! request while the call is open; since 2026-07-28 a server sends no requests, so the call is answered with a question
//! and comes again with the answer. That second round carries a sealed state, and it never pays: it looks at the order.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rmcp::model::{
    ClientCapabilities, ElicitRequest, ElicitRequestParams, ElicitResult, ElicitationAction, InputRequest,
    InputRequiredResult, InputResponses, ProtocolVersion, RequestStateCodec, RequestStateError, SealOptions,
};
use rmcp::service::{Peer, RequestContext, RoleServer};
use tokio::time::{Instant, timeout};
use url::Url;
use uuid::Uuid;

use crate::order::{OrderId, OrderState};
use crate::payment::{ASKING_TIME, OfferResponse, OrderStatus};

/// The least time that a person needs to answer: with less left, nobody is asked.
const WORTH_ASKING: Duration = Duration::from_secs(5);

/// How long a sealed state is good for.
const STATE_LIFE: Duration = Duration::from_secs(30 * 60);

/// How many questions may be open at once; beyond that the oldest is forgotten, and its answer refused as used.
const MOST_OPEN: usize = 1000;

/// The name of the one question in a result.
const QUESTION: &str = "pay";

/// Offers payment links inside clients.
#[derive(Debug)]
pub(super) struct Elicitation {
    codec: RequestStateCodec,
    life: Duration,
    open: Mutex<HashMap<Uuid, Question>>,
}

/// A question that was sent as a result, and waits for its answer.
#[derive(Debug)]
struct Question {
    status: OrderStatus,
    asked_at: Instant,
}

/// How a client can be asked.
pub(super) enum Means {
    /// By a request of ours, while its call is open.
    Request,
    /// By a result that asks for another round.
    Result,
}

/// Why a sealed state is refused. Nothing was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum StateError {
    #[error("this state was not sealed by this server for this order")]
    Forged,
    #[error("this state has expired")]
    Expired,
    #[error("this state has been used already, or is older than the server")]
    Used,
    #[error("an answer came without the state it belongs to")]
    Missing,
}

impl Elicitation {
    /// An elicitation with a key of its own: its states mean nothing to any other process.
    pub(super) fn new() -> Self {
        // Three random UUIDs hold 366 random bits, more than the 32 bytes that a key needs.
        let key = std::array::from_fn::<_, 3, _>(|_| Uuid::new_v4().into_bytes()).concat();
        Self {
            codec: RequestStateCodec::new_unchecked(key),
            life: STATE_LIFE,
            open: Mutex::default(),
        }
    }

    /// Asks by the result of a tool: the question, and the state that binds its answer to this tool and this order.
    pub(super) fn question(&self, tool: &str, status: OrderStatus, link: &Url) -> InputRequiredResult {
        let id = Uuid::new_v4();
        let order = status.order.id;
        let params = ElicitRequestParams::UrlElicitationParams {
            meta: None,
            message: status.invitation(),
            url: link.to_string(),
            elicitation_id: id.to_string(),
        };
        let options = SealOptions::new().ttl(self.life);
        let state = self
            .codec
            .seal_with(id.as_bytes(), &options.associated_data(binding(tool, order).as_bytes()));
        self.remember(id, status);
        let requests = [(
            QUESTION.to_owned(),
            InputRequest::Elicitation(ElicitRequest::new(params)),
        )];
        InputRequiredResult::new(Some(requests.into()), Some(state))
    }

    /// Opens the state of a tool's second round: how the order stood when the question was asked. Each state opens
    /// once.
    pub(super) fn open(&self, tool: &str, order: OrderId, state: Option<&str>) -> Result<OrderStatus, StateError> {
        let state = state.ok_or(StateError::Missing)?;
        let payload = self
            .codec
            .open_with(state, binding(tool, order).as_bytes())
            .map_err(|error| match error {
                RequestStateError::Expired => StateError::Expired,
                _ => StateError::Forged,
            })?;
        let id = Uuid::from_slice(&payload).map_err(|_| StateError::Forged)?;
        let question = self.questions().remove(&id).ok_or(StateError::Used)?;
        Ok(question.status)
    }

    fn remember(&self, id: Uuid, status: OrderStatus) {
        let mut open = self.questions();
        open.retain(|_, question| question.asked_at.elapsed() < self.life);
        if open.len() >= MOST_OPEN {
            let oldest = open.iter().min_by_key(|(_, question)| question.asked_at);
            if let Some(oldest) = oldest.map(|(id, _)| *id) {
                open.remove(&oldest);
            }
        }
        let asked_at = Instant::now();
        open.insert(id, Question { status, asked_at });
    }

    fn questions(&self) -> MutexGuard<'_, HashMap<Uuid, Question>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a state is bound to.
fn binding(tool: &str, order: OrderId) -> String {
    format!("{tool} {order}")
}

/// How the client of a call can be asked, if it can.
pub(super) fn means(context: &RequestContext<RoleServer>) -> Option<Means> {
    let ClientCapabilities { elicitation, .. } = context.client_capabilities()?;
    elicitation?.url?;
    match context.protocol_version()? {
        version if version >= ProtocolVersion::V_2026_07_28 => Some(Means::Result),
        version if version == ProtocolVersion::V_2025_11_25 => Some(Means::Request),
        _ => None,
    }
}

/// The link that a person can be asked to open: a web page of an order that waits for its payment, on a host that is usual for
/// the way to pay. Where there is more to say than a dialog says, as of another link that may still be paid, nobody is asked.
pub(super) fn page(status: &OrderStatus) -> Option<Url> {
    let is_plain = status.order.unusual_host().is_none() && status.notes.is_empty();
    let link = status
        .pay_url()
        .filter(|_| status.order.state == OrderState::Pending && is_plain)?;
    let url: Url = link.as_str().parse().ok()?;
    // Plain http is only ever the sandbox's.
    matches!(url.scheme(), "https" | "http").then_some(url)
}

/// Asks by a request, and waits for the person until the patience with the whole call is over.
pub(super) async fn request(
    peer: &Peer<RoleServer>,
    status: &OrderStatus,
    link: Url,
    started: Instant,
) -> OfferResponse {
    let left = ASKING_TIME.saturating_sub(started.elapsed());
    if left < WORTH_ASKING {
        return OfferResponse::None;
    }
    let id = Uuid::new_v4().to_string();
    let asking = peer.elicit_url_with_timeout(status.invitation(), link, id, Some(left));
    // rmcp's own time-out begins when the request was sent, which can fail to happen without a word.
    match timeout(left, asking).await {
        Ok(Ok(action)) => response(&action),
        Ok(Err(error)) => {
            tracing::debug!(%error, "the client did not answer an elicitation");
            OfferResponse::None
        }
        Err(_) => OfferResponse::None,
    }
}

/// What the person answered in a second round; what cannot be read is no answer.
pub(super) fn read(responses: Option<InputResponses>) -> OfferResponse {
    let answer = responses.and_then(|mut responses| responses.remove(QUESTION));
    answer
        .and_then(|answer| serde_json::from_value::<ElicitResult>(answer).ok())
        .map_or(OfferResponse::None, |result| response(&result.action))
}

fn response(action: &ElicitationAction) -> OfferResponse {
    match action {
        ElicitationAction::Accept => OfferResponse::Accepted,
        ElicitationAction::Decline => OfferResponse::Declined,
        _ => OfferResponse::None,
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;
    use crate::order::Order;
    use crate::payment::Environment;

    const TOOL: &str = "pay_order";

    fn status(number: u32) -> OrderStatus {
        let id = format!("a1b2c3d4-e5f6-7890-abcd-{number:012}").parse().unwrap();
        OrderStatus::started(Order::bare(id, OrderState::Pending), Environment::Live)
    }

    fn state(elicitation: &Elicitation, number: u32) -> String {
        let link = "https://buy.stripe.com/x".parse().unwrap();
        elicitation.question(TOOL, status(number), &link).request_state.unwrap()
    }

    #[test]
    fn a_state_opens_once_for_its_tool_and_order() {
        let elicitation = Elicitation::new();
        let state = state(&elicitation, 1);
        let (order, other) = (status(1).order.id, status(2).order.id);
        let open = |elicitation: &Elicitation, tool, order| elicitation.open(tool, order, Some(&state));
        assert_eq!(open(&elicitation, TOOL, other), Err(StateError::Forged));
        assert_eq!(open(&elicitation, "another_tool", order), Err(StateError::Forged));
        assert_eq!(open(&Elicitation::new(), TOOL, order), Err(StateError::Forged));
        assert_eq!(open(&elicitation, TOOL, order), Ok(status(1)));
        assert_eq!(open(&elicitation, TOOL, order), Err(StateError::Used));
    }

    #[test]
    fn a_state_expires() {
        let elicitation = Elicitation {
            life: Duration::from_millis(20),
            ..Elicitation::new()
        };
        let state = state(&elicitation, 1);
        std::thread::sleep(Duration::from_millis(40));
        assert_eq!(
            elicitation.open(TOOL, status(1).order.id, Some(&state)),
            Err(StateError::Expired)
        );
    }

    #[test]
    fn only_so_many_questions_are_open() {
        let elicitation = Elicitation::new();
        let first = state(&elicitation, 0);
        for number in 1..=1000 {
            state(&elicitation, number);
        }
        assert_eq!(elicitation.questions().len(), MOST_OPEN);
        assert_eq!(
            elicitation.open(TOOL, status(0).order.id, Some(&first)),
            Err(StateError::Used)
        );
    }
}
