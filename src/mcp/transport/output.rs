//! stdout, written by a task of its own: who answers never waits for the client to read.
//!
//! What waits is not bounded. An answer must not be dropped, and a client that stops reading asks little more.

use tokio::io::{AsyncWrite, AsyncWriteExt as _, Result};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// The lines on their way to stdout.
#[derive(Debug)]
pub(super) struct Output {
    lines: mpsc::UnboundedSender<Vec<u8>>,
    broken: CancellationToken,
}

impl Output {
    /// Starts to write. The task ends when everything is written and this is gone, or when stdout is closed.
    pub(super) fn start(stdout: impl AsyncWrite + Send + Unpin + 'static) -> (Self, JoinHandle<()>) {
        let (lines, queue) = mpsc::unbounded_channel();
        let broken = CancellationToken::new();
        let writing = tokio::spawn({
            let broken = broken.clone();
            async move {
                if let Err(error) = write(stdout, queue).await {
                    tracing::debug!(%error, "stdout cannot be written");
                    broken.cancel();
                }
            }
        });
        (Self { lines, broken }, writing)
    }

    /// Writes a message as a line, after those before it.
    pub(super) fn write(&self, mut message: Vec<u8>) {
        message.push(b'\n');
        // It fails when stdout is closed, which is told of elsewhere.
        let _ = self.lines.send(message);
    }

    /// Waits until the client reads no more, since it has closed stdout.
    pub(super) async fn broken(&self) {
        self.broken.cancelled().await;
    }
}

async fn write(mut stdout: impl AsyncWrite + Unpin, mut queue: mpsc::UnboundedReceiver<Vec<u8>>) -> Result<()> {
    while let Some(mut lines) = queue.recv().await {
        while let Ok(line) = queue.try_recv() {
            lines.extend_from_slice(&line);
        }
        stdout.write_all(&lines).await?;
        stdout.flush().await?;
    }
    Ok(())
}
