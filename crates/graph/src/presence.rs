//! Reading presence (many users a request) and writing it (one user a request).

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use reqwest::{Method, Url};
use serde::Serialize;

use super::asked::{Asked, read_body};
use super::client::{Admission, Call, Called, Graph, TurnOf};
use super::last_answer::{LastAnswer, Recall};
use super::odd::OddRecords;
use super::operation::Operation;
use super::reading::{Page, parse_page};
use super::redirect::link;
use super::refusal::unreadable;
use super::settings::below;
use super::wire::{Answer, Times, give_back};
use super::{Accepted, Failure, FailureKind, PresenceReading, Priority, RequestId, RequestTiming};
use model::cause::Cause;
use model::limits::{LONGEST_EXPIRATION, SHORTEST_EXPIRATION};
use model::presence::{EntraId, SettablePair};

/// Pages of one answer that are followed. The reference knows no paging here at all.
const PAGE_LIMIT: usize = 16;

/// The answer to one request of a poll.
#[derive(Clone, Debug)]
pub struct ReadAnswer {
    /// When. Where nothing was sent, began and ended are the time of the failure.
    pub timing: RequestTiming,
    /// Of the answer, well or badly.
    pub request_id: Option<RequestId>,
    /// The entries as they came: any order, perhaps with gaps, duplicates or ids not asked for.
    pub outcome: Result<Vec<PresenceReading>, Failure>,
    /// Values that are documented nowhere, each once.
    pub unknown_values: Vec<Arc<str>>,
    /// Entries that were left out, or read but for a part.
    pub odd: OddRecords,
}

/// The answer to one write.
#[derive(Clone, Debug)]
pub struct WriteAnswer {
    /// When it went out; nothing where it never did.
    pub sent_at: Option<Timestamp>,
    /// When the answer was there, or the write had failed.
    pub finished_at: Timestamp,
    /// What came back.
    pub outcome: Result<Accepted, Failure>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SetBody<'a> {
    session_id: &'a str,
    availability: &'a str,
    activity: &'a str,
    expiration_duration: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ClearBody<'a> {
    session_id: &'a str,
}

/// What the pages of one answer hold together.
#[derive(Default)]
struct Readings {
    entries: Vec<PresenceReading>,
    unknown: Vec<Arc<str>>,
    odd: OddRecords,
    request_id: Option<RequestId>,
}

impl Graph {
    /// Reads the presence of up to [`model::limits::IDS_PER_REQUEST`] users in one request. `scheduled` is when it was
    /// due and only goes into the timing. It is not tried again here.
    pub async fn read_presences(
        &self,
        ids: &[EntraId],
        scheduled: Timestamp,
        priority: Priority,
    ) -> ReadAnswer {
        let mut last = LastAnswer::default();
        self.read_presences_again(ids, scheduled, priority, &mut last)
            .await
    }

    /// The same with what the last answer said, which is only compared where it says it once more;
    /// afterwards `last` is what this answer says.
    pub async fn read_presences_again(
        &self,
        ids: &[EntraId],
        scheduled: Timestamp,
        priority: Priority,
        last: &mut LastAnswer,
    ) -> ReadAnswer {
        let mut readings = Readings::default();
        let mut call = Call {
            operation: Operation::ReadPresence,
            turn: TurnOf::Call(priority),
            method: Method::POST,
            url: below(self.base(), &["communications", "getPresencesByUserId"]),
            body: Some(read_body(ids)),
        };
        let first = self.call(&call).await;
        let mut times = first.times;
        let first = first.outcome.and_then(|answer| {
            let body = call.body.take().unwrap_or_default();
            let recall = Recall::new(Asked::new(ids, &body), last);
            take_page(&call.url, answer, &mut readings, &mut Some(recall))
        });
        let outcome = match first {
            Ok(None) => Ok(()),
            Ok(Some(next)) => {
                self.follow(&mut call, next, &mut readings, &mut times)
                    .await
            }
            Err(failure) => Err(failure),
        };
        let request_id = match &outcome {
            Ok(()) => readings.request_id,
            Err(failure) => failure.request_id.clone(),
        };
        ReadAnswer {
            timing: times.since(scheduled),
            request_id,
            outcome: outcome.map(|()| readings.entries),
            unknown_values: readings.unknown,
            odd: readings.odd,
        }
    }

    /// The pages after the first.
    async fn follow(
        &self,
        call: &mut Call,
        mut next: Url,
        readings: &mut Readings,
        times: &mut Times,
    ) -> Result<(), Failure> {
        (call.method, call.body) = (Method::GET, None);
        for _ in 1..PAGE_LIMIT {
            call.url = next;
            let called = self.call(call).await;
            times.finished = called.times.finished;
            match take_page(&call.url, called.outcome?, readings, &mut None)? {
                Some(more) => next = more,
                None => return Ok(()),
            }
        }
        Err(Failure::new(
            FailureKind::Garbled,
            format!("Could not read presence: the answer did not end after {PAGE_LIMIT} pages"),
        )
        .because(Cause::Endless))
    }

    /// Takes or renews our session of a user. `expiration` is held to what Graph takes (5 min to
    /// 4 h). A 200 only says that Graph accepted it.
    pub async fn set_presence(
        &self,
        id: EntraId,
        pair: SettablePair,
        expiration: Duration,
        admission: Admission,
    ) -> WriteAnswer {
        let (availability, activity) = pair.wire();
        let body = SetBody {
            session_id: self.client_id(),
            availability,
            activity,
            expiration_duration: iso_duration(expiration),
        };
        let operation = Operation::SetPresence;
        let called = self.write(operation, admission.turn(), id, "setPresence", &body);
        called.await.into_write(Err)
    }

    /// Gives our session of a user back. That there is none (404) is success.
    pub async fn clear_presence(&self, id: EntraId, admission: Admission) -> WriteAnswer {
        let body = ClearBody {
            session_id: self.client_id(),
        };
        let operation = Operation::ClearPresence;
        let called = self.write(operation, admission.turn(), id, "clearPresence", &body);
        called.await.into_write(|failure| match failure.kind {
            FailureKind::NotFound => Ok(Accepted {
                request_id: failure.request_id,
                already_gone: true,
            }),
            _ => Err(failure),
        })
    }

    async fn write(
        &self,
        operation: Operation,
        turn: TurnOf,
        id: EntraId,
        verb: &str,
        body: &impl Serialize,
    ) -> Called {
        let user = id.to_string();
        let call = Call {
            operation,
            turn,
            method: Method::POST,
            url: below(self.base(), &["users", &user, "presence", verb]),
            body: serde_json::to_vec(body).ok(),
        };
        self.call(&call).await
    }
}

/// Takes one answer, and says where the next page is.
fn take_page(
    from: &Url,
    answer: Answer,
    readings: &mut Readings,
    recall: &mut Option<Recall<'_>>,
) -> Result<Option<Url>, Failure> {
    let operation = Operation::ReadPresence;
    let Page { entries, next, odd } = parse_page(&answer.body, recall, &mut readings.unknown)
        .map_err(|why| unreadable(operation, &answer, &why))?;
    readings.odd.append(odd);
    if readings.entries.is_empty() {
        // The first page is the only one: nothing is copied.
        readings.entries = entries;
    } else {
        readings.entries.extend(entries);
    }
    readings.request_id = readings.request_id.take().or_else(|| answer.request_id());
    let next = link(operation, from, next.as_deref())?;
    if next.is_none() {
        give_back(answer.body);
    }
    Ok(next)
}

impl Called {
    fn into_write(self, refused: impl FnOnce(Failure) -> Result<Accepted, Failure>) -> WriteAnswer {
        let accepted = |answer: Answer| Accepted {
            request_id: answer.request_id(),
            already_gone: false,
        };
        WriteAnswer {
            sent_at: self.sent.then_some(self.times.started),
            finished_at: self.times.finished,
            outcome: match self.outcome {
                Ok(answer) => Ok(accepted(answer)),
                Err(failure) => refused(failure),
            },
        }
    }
}

/// ISO 8601, whole minutes where it can be: `PT5M`, `PT90S` becomes `PT5M` (the least).
fn iso_duration(wanted: Duration) -> String {
    let seconds = wanted
        .clamp(SHORTEST_EXPIRATION, LONGEST_EXPIRATION)
        .as_secs();
    if seconds.is_multiple_of(60) {
        format!("PT{}M", seconds / 60)
    } else {
        format!("PT{seconds}S")
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use uuid::Uuid;

    use super::*;

    #[test]
    fn the_ids_are_a_list_in_json() {
        let ids: Vec<_> = (0..3).map(|n| EntraId(Uuid::from_u128(n << 64))).collect();
        for ids in [&ids[..0], &ids[..1], &ids] {
            let expected = serde_json::json!({ "ids": ids }).to_string();
            assert_eq!(String::from_utf8(read_body(ids)).unwrap(), expected);
        }
    }

    #[rstest]
    #[case(300, "PT5M")]
    #[case(0, "PT5M")]
    #[case(301, "PT301S")]
    #[case(600, "PT10M")]
    #[case(99_999, "PT240M")]
    fn expirations_stay_within_what_graph_takes(#[case] seconds: u64, #[case] wire: &str) {
        assert_eq!(iso_duration(Duration::from_secs(seconds)), wire);
    }
}
