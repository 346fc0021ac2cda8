//! What a bridge does, in one line of words. Pure. Numbers only: whoever may ask a service manager need
//! not be one who may know names.

use crate::bridge::{Mode, ObserveReason, Snapshot};
use crate::words::{Value, Words};

/// The line.
pub(super) fn status(snapshot: &Snapshot) -> Words {
    let doing = doing(&snapshot.mode);
    if snapshot.poll.started_at.is_none() {
        let waiting = Words::say(|t| t.service.waiting, &[]);
        return waiting.beside(&doing);
    }
    let values: [(&str, &dyn Value); 2] = [
        ("users", &snapshot.coverage.matched),
        ("leases", &snapshot.leases.held),
    ];
    let mut line = doing.beside(&Words::say(|t| t.service.carries, &values));
    if snapshot.poll.errors > 0 {
        let values: [(&str, &dyn Value); 2] = [
            ("errors", &snapshot.poll.errors),
            ("requests", &snapshot.poll.requests),
        ];
        line = line.beside(&Words::say(|t| t.service.errors, &values));
    }
    if snapshot.links.procall_silent_since.is_some() {
        line = line.beside(&Words::say(|t| t.service.silent, &[]));
    }
    line
}

fn doing(mode: &Mode) -> Words {
    match mode {
        Mode::Writing => Words::say(|t| t.service.writing, &[]),
        Mode::Paused => Words::say(|t| t.service.paused, &[]),
        Mode::Observing(ObserveReason::OtherWriter { .. } | ObserveReason::Standby) => {
            Words::say(|t| t.service.standing_by, &[])
        }
        Mode::Observing(_) => Words::say(|t| t.service.observing, &[]),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use jiff::Timestamp;

    use super::*;
    use crate::presence::Lang;

    #[test]
    fn the_line_says_what_it_does_and_what_is_wrong() {
        let mut snapshot = Snapshot::empty(Arc::default(), Timestamp::UNIX_EPOCH);
        let said = |snapshot: &Snapshot| {
            let words = status(snapshot);
            [Lang::En, Lang::De].map(|lang| words.in_lang(lang).to_owned())
        };
        assert_eq!(
            said(&snapshot),
            [
                "waiting for the end of the first poll; writing to Teams",
                "wartet auf das Ende der ersten Abfrage; schreibt nach Teams"
            ]
        );
        let poll = Arc::make_mut(&mut snapshot.poll);
        poll.started_at = Some(Timestamp::UNIX_EPOCH);
        (poll.errors, poll.requests) = (1, 31);
        snapshot.mode = Mode::Observing(ObserveReason::OtherWriter { pid: None });
        Arc::make_mut(&mut snapshot.coverage).matched = 120;
        snapshot.leases.held = 3;
        let links = Arc::make_mut(&mut snapshot.links);
        links.procall_silent_since = Some(Timestamp::UNIX_EPOCH);
        assert_eq!(
            said(&snapshot),
            [
                "standing by, another lampfield writes; users: 120, calls in Teams: 3; \
                 failed requests of the last poll: 1 of 31; ProCall is silent",
                "in Bereitschaft, ein anderes lampfield schreibt; Benutzer: 120, Anrufe in Teams: 3; \
                 fehlgeschlagene Anfragen der letzten Abfrage: 1 von 31; ProCall schweigt"
            ]
        );
    }
}
