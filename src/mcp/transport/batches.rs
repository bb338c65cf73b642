//! Batches of JSON-RPC: several messages in one array, whose answers go back in one array.
//!
//! Of the versions of MCP only 2025-03-26 has them.

use std::collections::HashSet;

use rmcp::model::RequestId;

/// The batches that wait for answers.
#[derive(Debug, Default)]
pub(super) struct Batches(Vec<Batch>);

/// The answers to one batch.
#[derive(Debug, Default)]
pub(super) struct Batch {
    waiting: HashSet<RequestId>,
    answers: Vec<Vec<u8>>,
}

impl Batch {
    /// Waits for the answer to a request; whether it is the first of the batch with its id.
    pub(super) fn wait_for(&mut self, id: RequestId) -> bool {
        self.waiting.insert(id)
    }

    /// Adds an answer.
    pub(super) fn add(&mut self, answer: Vec<u8>) {
        self.answers.push(answer);
    }

    /// The array of the answers; `None` when there is none, as to a batch of notifications.
    fn array(&self) -> Option<Vec<u8>> {
        let answers = self.answers.join(&b',');
        (!answers.is_empty()).then(|| [b"[", answers.as_slice(), b"]"].concat())
    }
}

impl Batches {
    /// Takes a batch that was read; its array, where no answer is missing.
    pub(super) fn open(&mut self, batch: Batch) -> Option<Vec<u8>> {
        self.0.push(batch);
        self.complete()
    }

    /// Takes an answer; what is to be written now: the answer itself where no batch waits for it, or the array that it
    /// completes.
    pub(super) fn answer(&mut self, id: Option<&RequestId>, answer: Vec<u8>) -> Option<Vec<u8>> {
        let batch = id.and_then(|id| {
            self.0
                .iter_mut()
                .find_map(|batch| batch.waiting.remove(id).then_some(batch))
        });
        match batch {
            Some(batch) => {
                batch.add(answer);
                self.complete()
            }
            None => Some(answer),
        }
    }

    /// Waits no more for the answer to a request, which the client has cancelled; the array that was only waiting for it.
    pub(super) fn cancel(&mut self, id: &RequestId) -> Option<Vec<u8>> {
        let waited = self.0.iter_mut().any(|batch| batch.waiting.remove(id));
        if waited { self.complete() } else { None }
    }

    /// The arrays of the batches that are not complete, at the end of the session.
    pub(super) fn rest(&mut self) -> Vec<Vec<u8>> {
        self.0.drain(..).filter_map(|batch| batch.array()).collect()
    }

    /// Takes the batch to which no answer is missing.
    fn complete(&mut self) -> Option<Vec<u8>> {
        let at = self.0.iter().position(|batch| batch.waiting.is_empty())?;
        self.0.swap_remove(at).array()
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    fn batch(ids: &[i64]) -> Batch {
        let waiting = ids.iter().copied().map(RequestId::Number).collect();
        Batch {
            waiting,
            ..Batch::default()
        }
    }

    fn answer(batches: &mut Batches, id: i64) -> Option<String> {
        let line = batches.answer(Some(&RequestId::Number(id)), id.to_string().into());
        line.map(|line| String::from_utf8(line).unwrap())
    }

    #[test]
    fn the_answers_to_a_batch_go_back_together_and_others_by_themselves() {
        let mut batches = Batches::default();
        assert_eq!(batches.open(batch(&[1, 2])), None);
        assert_eq!(batches.open(batch(&[3, 4])), None);
        assert_eq!(answer(&mut batches, 4), None);
        assert_eq!(answer(&mut batches, 9).as_deref(), Some("9"));
        assert_eq!(answer(&mut batches, 1), None);
        assert_eq!(answer(&mut batches, 3).as_deref(), Some("[4,3]"));
        assert_eq!(answer(&mut batches, 2).as_deref(), Some("[1,2]"));
        assert_eq!(answer(&mut batches, 2).as_deref(), Some("2"));
        assert_eq!(batches.rest(), Vec::<Vec<u8>>::new());
    }

    #[test]
    fn a_cancelled_request_is_not_waited_for_and_the_end_takes_what_is_there() {
        let mut batches = Batches::default();
        batches.open(batch(&[1, 2]));
        batches.open(batch(&[3]));
        batches.open(batch(&[4, 5]));
        assert_eq!(answer(&mut batches, 1), None);
        assert_eq!(
            batches.cancel(&RequestId::Number(2)).as_deref(),
            Some(b"[1]".as_slice())
        );
        assert_eq!(batches.cancel(&RequestId::Number(3)), None);
        assert_eq!(answer(&mut batches, 5), None);
        assert_eq!(batches.rest(), [b"[5]"]);
    }

    #[test]
    fn a_batch_that_wants_no_answer_gets_none() {
        let mut batches = Batches::default();
        assert_eq!(batches.open(Batch::default()), None);
        let mut refused = Batch::default();
        refused.add(b"x".to_vec());
        assert_eq!(batches.open(refused).as_deref(), Some(b"[x]".as_slice()));
    }
}
