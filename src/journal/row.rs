//! Rows and parameters, as both databases have them, and an attempt as a row.

use uuid::Uuid;

use super::JournalError;
use super::attempt::{Attempt, AttemptId, Ending, Front, How, Outcome, Payment, Receipt, Signed, UnixMillis};
use crate::order::{OrderId, Surface};
use crate::pay_way::StatedPayWay;
use crate::text::Text;

/// One value of a row, or a parameter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Value {
    Text(Option<String>),
    Integer(Option<i64>),
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(Some(text.to_owned()))
    }
}

impl From<&Option<Text>> for Value {
    fn from(text: &Option<Text>) -> Self {
        Self::Text(text.as_ref().map(ToString::to_string))
    }
}

impl From<OrderId> for Value {
    fn from(order: OrderId) -> Self {
        Self::Text(Some(order.to_string()))
    }
}

impl From<AttemptId> for Value {
    fn from(id: AttemptId) -> Self {
        Self::Text(Some(id.to_string()))
    }
}

impl From<UnixMillis> for Value {
    fn from(time: UnixMillis) -> Self {
        Self::Integer(Some(time.0))
    }
}

impl From<Option<UnixMillis>> for Value {
    fn from(time: Option<UnixMillis>) -> Self {
        Self::Integer(time.map(|time| time.0))
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Integer(Some(number))
    }
}

/// A row, read from left to right.
#[derive(Debug)]
pub(super) struct Row(std::vec::IntoIter<Value>);

impl Row {
    pub(super) fn new(values: Vec<Value>) -> Self {
        Self(values.into_iter())
    }

    fn text(&mut self) -> Result<Option<String>, JournalError> {
        match self.0.next() {
            Some(Value::Text(text)) => Ok(text),
            _ => Err(unreadable()),
        }
    }

    fn fact(&mut self) -> Result<Option<Text>, JournalError> {
        Ok(self.text()?.as_deref().and_then(Text::fact))
    }

    fn time(&mut self) -> Result<Option<UnixMillis>, JournalError> {
        Ok(self.integer()?.map(UnixMillis))
    }

    /// A number, where there is one.
    pub(super) fn integer(&mut self) -> Result<Option<i64>, JournalError> {
        match self.0.next() {
            Some(Value::Integer(number)) => Ok(number),
            // SQLite does not say of what type nothing is.
            Some(Value::Text(None)) => Ok(None),
            _ => Err(unreadable()),
        }
    }

    /// A number that must be there.
    pub(super) fn number(&mut self) -> Result<i64, JournalError> {
        self.integer()?.ok_or_else(unreadable)
    }

    /// A text that must be there, as what it stands for.
    fn parsed<T>(&mut self, parse: impl FnOnce(&str) -> Option<T>) -> Result<T, JournalError> {
        self.text()?.as_deref().and_then(parse).ok_or_else(unreadable)
    }

    /// An attempt, from the columns of `sql.rs`.
    pub(super) fn attempt(mut self) -> Result<Attempt, JournalError> {
        let id = self.parsed(|text| Uuid::parse_str(text).ok().map(AttemptId))?;
        let platform = self.parsed(|text| Some(text.to_owned()))?;
        let order = self.parsed(|text| text.parse().ok())?;
        let how = self.parsed(How::read)?;
        let payment = Payment {
            platform,
            order,
            pay_way: self.text()?.as_deref().and_then(StatedPayWay::read),
            surface: self.text()?.and_then(|word| Surface::try_from(word).ok()),
            price: self.fact()?,
            currency: self.fact()?,
        };
        let signed = Signed {
            amount: self.fact()?,
            asset: self.fact()?,
            network: self.fact()?,
            payee: self.fact()?,
            payer: self.fact()?,
            nonce: self.fact()?,
            valid_after: self.integer()?,
            valid_before: self.integer()?,
            payload_hash: self.fact()?,
        };
        let outcome = self.parsed(Outcome::read)?;
        let code = self.fact()?;
        let receipt = Receipt {
            transaction: self.fact()?,
            network: self.fact()?,
            payer: self.fact()?,
        };
        Ok(Attempt {
            id,
            how,
            payment,
            signed,
            outcome,
            code,
            receipt: (receipt != Receipt::default()).then_some(receipt),
            begun_at: UnixMillis(self.number()?),
            sent_at: self.time()?,
            ended_at: self.time()?,
            program: self.fact()?,
            process: self.number()?.try_into().map_err(|_| unreadable())?,
            front: self.parsed(Front::read)?,
        })
    }
}

/// The parameters that write an attempt down.
pub(super) fn insert(attempt: &Attempt) -> Vec<Value> {
    let Attempt { payment, signed, .. } = attempt;
    let receipt = attempt.receipt.clone().unwrap_or_default();
    let holds = attempt.how == How::Signed && attempt.outcome.holds();
    vec![
        attempt.id.into(),
        payment.platform.as_str().into(),
        payment.order.into(),
        attempt.how.as_str().into(),
        Value::Text(payment.pay_way.as_ref().map(|way| way.as_str().to_owned())),
        Value::Text(payment.surface.as_ref().map(|surface| surface.as_str().to_owned())),
        (&payment.price).into(),
        (&payment.currency).into(),
        (&signed.amount).into(),
        (&signed.asset).into(),
        (&signed.network).into(),
        (&signed.payee).into(),
        (&signed.payer).into(),
        (&signed.nonce).into(),
        Value::Integer(signed.valid_after),
        Value::Integer(signed.valid_before),
        (&signed.payload_hash).into(),
        attempt.outcome.as_str().into(),
        (&attempt.code).into(),
        (&receipt.transaction).into(),
        (&receipt.network).into(),
        (&receipt.payer).into(),
        attempt.begun_at.into(),
        attempt.sent_at.into(),
        attempt.ended_at.into(),
        (&attempt.program).into(),
        i64::from(attempt.process).into(),
        attempt.front.as_str().into(),
        i64::from(holds).into(),
    ]
}

/// The parameters that end an attempt, without those that say which one.
pub(super) fn end(ending: &Ending) -> Vec<Value> {
    let receipt = ending.receipt.clone().unwrap_or_default();
    vec![
        ending.outcome.as_str().into(),
        i64::from(ending.outcome.holds()).into(),
        (&ending.code).into(),
        (&receipt.transaction).into(),
        (&receipt.network).into(),
        (&receipt.payer).into(),
        ending.at.into(),
    ]
}

fn unreadable() -> JournalError {
    JournalError::Damaged("a row cannot be read".to_owned())
}
