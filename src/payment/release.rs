//! Letting an order be paid again although the end of a signed payment of it is not known: a person decides that, and no rule.

use super::Payments;
use crate::journal::{Attempt, AttemptId, JournalError};
use crate::order::OrderId;

impl Payments {
    /// The signed payment that holds an order: nothing else is paid for it while that one's end is not known, nor after it has
    /// charged the payer. The platform is not asked: [`Payments::check`] first takes note of an end that it knows.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub async fn holder(&self, id: OrderId) -> Result<Option<Attempt>, JournalError> {
        self.inner.records.holder(id).await
    }

    /// Forgets that signed payment, and no other, so that its order may be paid again. **If it was made after all, the order is
    /// paid twice.** It is for a person who was told so, never for a program to decide.
    ///
    /// # Errors
    /// When the journal cannot be written, or the payment has ended meanwhile: one that has charged the payer is not released.
    pub async fn release(&self, attempt: AttemptId) -> Result<Attempt, JournalError> {
        self.inner.records.release(attempt).await
    }
}
