//! UCServer: whether it answers, lets us in, shows presence.

use super::finding::{Finding, Words};
use super::ucserver_link::{Given, link};
use procall::ucserver::{Barrier, BarrierKind};
use procall::{Obstacle, UserFacts};

/// So many names are shown of those with an obstacle.
const NAMED: usize = 3;

/// UCWeb answers, with the protocol's version.
#[must_use]
pub fn version(label: &str, answered: Result<u64, &Barrier>, given: Given) -> Finding {
    match answered {
        Ok(version) => Finding::ok(Words::new(
            format!("{label} antwortet, Protokoll {version}"),
            format!("{label} answers, protocol {version}"),
        )),
        Err(barrier) => barred(barrier, given),
    }
}

/// The one try to log in.
#[must_use]
pub fn admission(user: &str, tried: Result<(), &Barrier>, given: Given) -> Finding {
    match tried {
        Ok(()) => Finding::ok(Words::new(
            format!("{user} ist angemeldet"),
            format!("{user} is logged in"),
        )),
        Err(barrier) => barred(barrier, given),
    }
}

fn barred(barrier: &Barrier, given: Given) -> Finding {
    let (message, advice) = match barrier.kind {
        BarrierKind::NotAttached => (
            Words::new(
                "UCWeb antwortet, aber unter dieser ucsid ist kein UCServer angeschlossen",
                "UCWeb answers, but no UCServer is attached to it under this ucsid",
            ),
            Words::new(
                "[ucserver] ucsid prüfen („local“ für den UCServer dieses UCWeb) und ob der Dienst eucsrv läuft",
                "Check [ucserver] ucsid (\"local\" for the UCServer of this UCWeb) and whether the service eucsrv runs",
            ),
        ),
        BarrierKind::Refused(code) | BarrierKind::HeldBack(code) => {
            (refused(code), log_in_advice(code))
        }
        BarrierKind::BasicOff => (
            Words::new(
                "UCWeb nimmt kein Kennwort an: die Anmeldung mit Basic ist abgeschaltet. Das Kennwort ist nicht falsch",
                "UCWeb takes no password: Basic authentication is switched off. The password is not wrong",
            ),
            Words::new(
                "In UCServer für UCWeb die Anmeldung mit Basic erlauben (Benutzername und Kennwort)",
                "Allow Basic authentication (user name and password) for UCWeb in UCServer",
            ),
        ),
        BarrierKind::Busy => (
            Words::new("UCServer ist beschäftigt", "UCServer is busy"),
            Words::new("Später noch einmal versuchen", "Try again later"),
        ),
        BarrierKind::Redirected => (
            Words::new(
                "UCServer schickt uns zu einem anderen Server",
                "UCServer sends us to another server",
            ),
            Words::new(
                "Ist der genannte Server einer von Ihren: [ucserver] url auf ihn setzen oder seinen Namen in redirect_hosts aufnehmen",
                "If the server that is named is one of yours: set [ucserver] url to it, or add its name to redirect_hosts",
            ),
        ),
        BarrierKind::Link => link(&barrier.cause, given),
    };
    let finding = Finding::failed(message, advice);
    match barrier.kind {
        // What they say is what the message says already.
        BarrierKind::NotAttached | BarrierKind::Refused(_) | BarrierKind::HeldBack(_) => finding,
        BarrierKind::BasicOff | BarrierKind::Busy | BarrierKind::Redirected | BarrierKind::Link => {
            finding.with(Words::same(&barrier.message))
        }
    }
}

fn refused(code: i64) -> Words {
    let (de, en) = match code {
        101 => (
            "Benutzername oder Kennwort ist falsch",
            "unknown user or wrong password",
        ),
        103 => ("keine Lizenz ist frei", "no licence is free"),
        107 => (
            "der Benutzer ist nicht aktiviert",
            "the user is not enabled",
        ),
        109 => (
            "die Domäne lehnt das Kennwort ab",
            "the domain refuses the password",
        ),
        110 => (
            "dem Konto fehlt das Recht „Anmeldung über Webdienste“",
            "the account lacks the right to log in via web services",
        ),
        129 => ("das Konto ist gesperrt", "the account is locked"),
        131 => ("zu viele Versuche", "too many attempts"),
        _ => ("sie wird nicht angenommen", "it is not accepted"),
    };
    Words::new(
        format!("UCServer lehnt die Anmeldung ab: {de} (Code {code})"),
        format!("UCServer refuses the log-in: {en} (code {code})"),
    )
}

fn log_in_advice(code: i64) -> Words {
    match code {
        101 | 109 => Words::new(
            "[ucserver] user und das Kennwort prüfen; es gilt, was die Anmeldeart des UCServers verlangt (UC-Kennwort, Windows oder Domäne). Nur ein Versuch wurde gemacht, damit das Konto nicht gesperrt wird",
            "Check [ucserver] user and the password; which one holds depends on UCServer's kind of log-in (UC password, Windows or domain). Only one attempt was made, so as not to lock the account",
        ),
        103 => Words::new(
            "In UCServer eine Lizenz freigeben oder dazukaufen",
            "Free a licence in UCServer, or buy one",
        ),
        110 => Words::new(
            "In der Benutzerverwaltung „Anmeldung über Webdienste“ erlauben",
            "Allow the log-in via web services in the user administration",
        ),
        129 => Words::new(
            "In der Benutzerverwaltung entsperren, dann erst noch einmal versuchen",
            "Unlock it in the user administration before the next try",
        ),
        131 => Words::new(
            "Einige Minuten warten; nicht weiter versuchen",
            "Wait some minutes; do not go on trying",
        ),
        _ => Words::new(
            "Das Konto in der Benutzerverwaltung von UCServer ansehen",
            "Look at the account in UCServer's user administration",
        ),
    }
}

/// Whether UCServer shows the presence of those whom it lists.
#[must_use]
pub fn subscription(users: usize, facts: &[UserFacts], live: bool) -> Finding {
    if !live {
        return Finding::failed(
            Words::new(
                "das Abonnement kam nicht rechtzeitig zustande",
                "the subscription did not come about in time",
            ),
            Words::new(
                "Noch einmal versuchen; bleibt es so, das Protokoll von UCWeb ansehen",
                "Try again; if it stays so, look at UCWeb's log",
            ),
        );
    }
    let hidden = with(facts, Obstacle::NotVisible);
    if hidden.is_empty() {
        return Finding::ok(Words::new(
            format!("die Präsenz aller {users} Benutzer ist zu sehen"),
            format!("the presence of all {users} users is shown"),
        ));
    }
    let count = hidden.len();
    let message = Words::new(
        format!(
            "von {count} Benutzern ist nichts zu sehen: {}",
            names(&hidden)
        ),
        format!("nothing is shown of {count} users: {}", names(&hidden)),
    );
    let advice = Words::new(
        "Dem Dienstkonto in UCServer mindestens das Recht „Öffentlich“ geben (global, für die Gruppe oder persönlich)",
        "Give the service account at least the right Public in UCServer (globally, for the group or personally)",
    );
    if count >= users {
        Finding::failed(message, advice)
    } else {
        Finding::warning(message, advice)
    }
}

/// What our account may see of calls and whether they are understood, and of those whose Teams
/// right was read who has none. Everything that is wrong is said; the first is the finding.
#[must_use]
pub fn rights(facts: &[UserFacts]) -> Finding {
    let wrong = [
        (Obstacle::CallsHidden, hidden as Said),
        (Obstacle::CallNotUnderstood, not_understood),
        (Obstacle::MayNotSetPresence, may_not_set),
    ];
    let mut warnings = wrong.into_iter().filter_map(|(obstacle, said)| {
        let users = with(facts, obstacle);
        (!users.is_empty()).then(|| said(users.len(), &names(&users)))
    });
    let Some((message, advice)) = warnings.next() else {
        return Finding::ok(no_hidden_calls(facts));
    };
    let first = Finding::warning(message, advice);
    warnings.fold(first, |finding, (message, _)| finding.with(message))
}

/// So many users, with these names: what is wrong, and what to do.
type Said = fn(usize, &str) -> (Words, Words);

fn hidden(count: usize, names: &str) -> (Words, Words) {
    (
        Words::new(
            format!("von {count} Benutzern sind die Gespräche verborgen: {names}"),
            format!("the calls of {count} users are hidden: {names}"),
        ),
        Words::new(
            "Dem Dienstkonto mindestens das Recht „Geschäftlich“ geben: sonst ist ein Softphone nicht von einem Teams-Gespräch zu unterscheiden",
            "Give the service account at least the right Business: otherwise a softphone call cannot be told from a Teams call",
        ),
    )
}

fn not_understood(count: usize, names: &str) -> (Words, Words) {
    (
        Words::new(
            format!(
                "bei {count} Benutzern meldet ProCall „im Gespräch“, aber kein Anruf der Liste erklärt es: {names}"
            ),
            format!(
                "ProCall says that {count} users are in a call, but no call of the list explains it: {names}"
            ),
        ),
        Words::new(
            "Ist es ein Gespräch in Teams, bringt es die Teams-Integration von estos mit. Sonst nennt das Log, was nicht verstanden wurde („odd record“): das gehört in eine Fehlermeldung",
            "If it is a call in Teams, estos' own Teams integration brings it. Otherwise the log names what was not understood (\"odd record\"): report that",
        ),
    )
}

fn may_not_set(count: usize, names: &str) -> (Words, Words) {
    (
        Words::new(
            format!("von {count} Benutzern darf die Präsenz nicht gesetzt werden: {names}"),
            format!("the presence of {count} users may not be set: {names}"),
        ),
        Words::new(
            "Dem Dienstkonto das Recht „Team“ oder „Persönlich“ geben, oder write_presence ausschalten",
            "Give the service account the right Team or Personal, or switch write_presence off",
        ),
    )
}

/// The Teams right is only spoken of where it was read.
fn no_hidden_calls(facts: &[UserFacts]) -> Words {
    let read = facts.iter().filter_map(|fact| fact.teams_right);
    let (count, without) = (read.clone().count(), read.filter(|right| !right).count());
    if count == 0 {
        return Words::new(
            "keine verborgenen Gespräche; das Teams-Recht (Bit 8192) zeigt UCServer hier nicht",
            "no hidden calls; UCServer does not show the Teams right (bit 8192) here",
        );
    }
    Words::new(
        format!(
            "keine verborgenen Gespräche; {without} von {count} Benutzern ohne das Teams-Recht"
        ),
        format!("no hidden calls; {without} of {count} users without the Teams right"),
    )
}

/// estos' own Teams integration.
#[must_use]
pub fn native(seen: bool, overruled: bool) -> Finding {
    if !seen {
        return Finding::ok(Words::new(
            "die Teams-Integration von estos ist hier nicht zu sehen",
            "estos' own Teams integration is not seen here",
        ));
    }
    let advice = Words::new(
        "Eine von beiden abschalten: die in UCServer oder lampfield. despite_native = true lässt lampfield trotzdem schreiben",
        "Switch one of the two off: UCServer's or lampfield. despite_native = true lets lampfield write all the same",
    );
    let message = if overruled {
        Words::new(
            "die Teams-Integration von estos ist aktiv, und lampfield schreibt trotzdem (despite_native)",
            "estos' own Teams integration is active, and lampfield writes all the same (despite_native)",
        )
    } else {
        Words::new(
            "die Teams-Integration von estos ist aktiv: lampfield schaut nur zu",
            "estos' own Teams integration is active: lampfield only observes",
        )
    };
    Finding::warning(message, advice)
}

fn with(facts: &[UserFacts], obstacle: Obstacle) -> Vec<&UserFacts> {
    let has = |fact: &&UserFacts| fact.obstacles.contains(&obstacle);
    facts.iter().filter(has).collect()
}

fn names(facts: &[&UserFacts]) -> String {
    let named: Vec<_> = facts
        .iter()
        .take(NAMED)
        .map(|fact| fact.user_name.as_str())
        .collect();
    let more = if facts.len() > NAMED { ", …" } else { "" };
    format!("{}{more}", named.join(", "))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::doctor::Status;
    use model::cause::Cause;
    use model::presence::{Lang, UserName};

    #[rstest]
    #[case(BarrierKind::Refused(101), "wrong password", "one attempt")]
    #[case(BarrierKind::Refused(129), "is locked", "Unlock")]
    #[case(BarrierKind::HeldBack(103), "no licence", "licence")]
    #[case(BarrierKind::Refused(111), "code 111", "account")]
    #[case(BarrierKind::Refused(113), "code 113", "account")]
    #[case(BarrierKind::BasicOff, "not wrong", "Allow Basic")]
    #[case(BarrierKind::NotAttached, "under this ucsid", "ucsid")]
    #[case(BarrierKind::Link, "cannot be reached", "7225")]
    fn what_keeps_us_out_says_what_to_do(
        #[case] kind: BarrierKind,
        #[case] says: &str,
        #[case] do_: &str,
    ) {
        let barrier = Barrier {
            kind,
            cause: Cause::Unexplained,
            message: "x".into(),
        };
        let finding = admission("svc", Err(&barrier), Given::Nothing);
        let said = finding.message.in_lang(Lang::En);
        assert!(said.contains(says), "{said}");
        let advice = finding.advice.unwrap();
        assert!(advice.in_lang(Lang::En).contains(do_), "{advice:?}");
    }

    #[test]
    fn hidden_users_are_counted() {
        let hidden = UserFacts {
            user_name: UserName::new("anna"),
            teams_right: None,
            obstacles: vec![Obstacle::NotVisible],
        };
        let facts = [hidden];
        assert_eq!(subscription(2, &facts, true).status, Status::Warning);
        assert_eq!(subscription(1, &facts, true).status, Status::Failed);
        assert_eq!(subscription(1, &[], true).status, Status::Ok);
        assert_eq!(subscription(1, &[], false).status, Status::Failed);
    }

    fn fact(teams_right: Option<bool>, obstacles: &[Obstacle]) -> UserFacts {
        UserFacts {
            user_name: UserName::new("anna"),
            teams_right,
            obstacles: obstacles.to_vec(),
        }
    }

    #[rstest]
    #[case::not_read(&[], "does not show the Teams right")]
    #[case::read_of_none(&[fact(None, &[])], "does not show the Teams right")]
    #[case::all_have_it(&[fact(Some(true), &[]), fact(None, &[])], "0 of 1 users without")]
    #[case::one_has_none(&[fact(Some(true), &[]), fact(Some(false), &[])], "1 of 2 users without")]
    fn the_teams_right_is_spoken_of_where_it_was_read(
        #[case] facts: &[UserFacts],
        #[case] says: &str,
    ) {
        let finding = rights(facts);
        assert_eq!(finding.status, Status::Ok);
        let said = finding.message.in_lang(Lang::En);
        assert!(said.contains(says), "{said}");
    }

    #[rstest]
    #[case(Obstacle::CallsHidden, "are hidden: anna", "Business")]
    #[case(
        Obstacle::CallNotUnderstood,
        "no call of the list explains",
        "odd record"
    )]
    #[case(
        Obstacle::MayNotSetPresence,
        "may not be set: anna",
        "Team or Personal"
    )]
    fn what_is_in_the_way_of_calls_is_named(
        #[case] obstacle: Obstacle,
        #[case] says: &str,
        #[case] do_: &str,
    ) {
        let finding = rights(&[fact(Some(true), &[obstacle])]);
        assert_eq!(finding.status, Status::Warning);
        let said = finding.message.in_lang(Lang::En);
        assert!(said.contains(says), "{said}");
        let advice = finding.advice.unwrap();
        assert!(advice.in_lang(Lang::En).contains(do_), "{advice:?}");
    }

    #[test]
    fn everything_that_is_in_the_way_is_said() {
        let both = [Obstacle::MayNotSetPresence, Obstacle::CallNotUnderstood];
        let finding = rights(&[fact(None, &both)]);
        let said = finding.message.in_lang(Lang::En);
        assert!(said.contains("no call of the list explains"), "{said}");
        assert_eq!(finding.details.len(), 1);
    }
}
