//! Progress of a call, for a client that asked to be told.

use std::time::Duration;

use rmcp::model::{ProgressNotificationParam, ProgressToken};
use rmcp::service::{Peer, RequestContext, RoleServer};
use tokio::time::timeout;

use crate::payment::MOST_WAITED;

/// How long a client may take to be told.
const PATIENCE: Duration = Duration::from_millis(250);

/// Tells the client how long a call has waited, where the client gave a token for that.
pub(super) struct Progress {
    told: Option<(Peer<RoleServer>, ProgressToken)>,
    total: u32,
}

impl Progress {
    /// The progress of the call of a context, which is asked to wait so long.
    pub(super) fn of(context: &RequestContext<RoleServer>, time: Duration) -> Self {
        let token = context.meta.get_progress_token();
        Self {
            told: token.map(|token| (context.peer.clone(), token)),
            total: seconds(time.min(MOST_WAITED)),
        }
    }

    /// Tells how long was waited so far, in whole seconds; it must be a second longer each time.
    pub(super) fn report(&self, waited: Duration) -> impl Future<Output = ()> + Send + 'static {
        let (told, total) = (self.told.clone(), self.total);
        async move {
            let Some((peer, token)) = told else { return };
            let progress = ProgressNotificationParam::new(token, seconds(waited).into())
                .with_total(total.into())
                .with_message("Waiting for the payment");
            // Once stdin is closed, rmcp takes no more notifications and does not say so: the call must not wait for
            // it.
            if !matches!(timeout(PATIENCE, peer.notify_progress(progress)).await, Ok(Ok(()))) {
                tracing::debug!("the client cannot be told of progress");
            }
        }
    }
}

fn seconds(time: Duration) -> u32 {
    time.as_secs().try_into().unwrap_or(u32::MAX)
}
