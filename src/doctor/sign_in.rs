//! The user's sign-in that presence is read with.

use super::finding::{Finding, Words};
use super::refusal::failed_request;
use graph::Failure;
use model::permission::PRESENCE_READ as SCOPE;

/// The sign-in: who it is of, and whether Entra still takes it.
#[must_use]
pub fn sign_in(who: Result<&str, &str>, renewed: Result<&[&str], &Failure>) -> Finding {
    let again = || {
        Words::new(
            "Neu anmelden: lampfield login; oder als Anwendung lesen: read_with = \"application\"",
            "Sign in again: lampfield login; or read as the application: read_with = \"application\"",
        )
    };
    let who = match who {
        Ok(who) => who,
        Err(why) => {
            let message = Words::new(
                "Präsenz soll mit einer Benutzeranmeldung gelesen werden, aber es gibt keine",
                "presence is to be read with a user's sign-in, but there is none",
            );
            return Finding::failed(message, again()).with(Words::same(why));
        }
    };
    let scopes = match renewed {
        Ok(scopes) => scopes,
        Err(failure) if failure.kind.is_transient() => return failed_request(failure, ""),
        Err(failure) => {
            let mut finding = failed_request(failure, "");
            finding.advice = Some(again());
            return finding;
        }
    };
    if scopes.iter().any(|scope| scope.eq_ignore_ascii_case(SCOPE)) {
        return Finding::ok(Words::new(
            format!("{who} ist angemeldet"),
            format!("{who} is signed in"),
        ));
    }
    let message = Words::new(
        format!("{who} ist angemeldet, aber ohne {SCOPE}"),
        format!("{who} is signed in, but without {SCOPE}"),
    );
    let advice = Words::new(
        format!(
            "Unter „API-Berechtigungen“ {SCOPE} als delegierte Berechtigung hinzufügen, dann: lampfield login"
        ),
        format!(
            "Add {SCOPE} under API permissions as a delegated permission, then: lampfield login"
        ),
    );
    Finding::failed(message, advice)
}

/// Graph refuses (403) to let the user who signed in read presence.
#[must_use]
pub fn user_may_not_read(failure: &Failure) -> Finding {
    Finding::failed(
        Words::new(
            format!("der angemeldete Benutzer darf die Präsenz nicht lesen: der Anmeldung fehlt die delegierte Berechtigung {SCOPE}"),
            format!("the user who signed in may not read presence: the sign-in lacks the delegated permission {SCOPE}"),
        ),
        Words::new(
            "Unter „API-Berechtigungen“ als delegierte Berechtigung hinzufügen, zustimmen, dann neu anmelden: lampfield login",
            "Add it under API permissions as a delegated permission, consent, then sign in again: lampfield login",
        ),
    )
    .with(Words::same(&failure.message))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Status;
    use graph::FailureKind;

    #[test]
    fn a_sign_in_needs_somebody_a_token_and_a_scope() {
        let status = |who, renewed| sign_in(who, renewed).status;
        let dead = Failure::new(FailureKind::Credentials, "too old")
            .because(model::cause::Cause::Entra { code: 700_082 });
        assert_eq!(status(Err("nobody"), Ok(&[])), Status::Failed);
        assert_eq!(status(Ok("anna"), Err(&dead)), Status::Failed);
        assert_eq!(status(Ok("anna"), Ok(&["User.Read"])), Status::Failed);
        assert_eq!(status(Ok("anna"), Ok(&["presence.read.all"])), Status::Ok);
        let advice = sign_in(Ok("anna"), Err(&dead)).advice.unwrap();
        assert!(
            advice
                .in_lang(model::presence::Lang::En)
                .contains("lampfield login")
        );
    }
}
