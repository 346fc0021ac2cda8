//! The user's sign-in that presence is read with.

use super::finding::{Finding, Words, say};
use super::refusal::{detail, failed_request};
use graph::Failure;
use model::cause::Cause;
use model::permission::PRESENCE_READ as SCOPE;

/// The sign-in: who it is of, and whether Entra still takes it.
#[must_use]
pub fn sign_in(who: Result<&str, &Cause>, renewed: Result<&[&str], &Failure>) -> Finding {
    let again = || say(|t| t.tenant.no_sign_in_do, &[]);
    let who = match who {
        Ok(who) => who,
        Err(why) => {
            let message = say(|t| t.tenant.no_sign_in, &[]);
            return Finding::failed(message, again()).with(Words::of_cause(why).0);
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
        return Finding::ok(say(|t| t.tenant.signed_in, &[("who", &who)]));
    }
    Finding::failed(
        say(
            |t| t.tenant.without_scope,
            &[("who", &who), ("scope", &SCOPE)],
        ),
        say(|t| t.tenant.without_scope_do, &[("scope", &SCOPE)]),
    )
}

/// Graph refuses (403) to let the user who signed in read presence.
#[must_use]
pub fn user_may_not_read(failure: &Failure) -> Finding {
    let (why, remedy) = Words::of_cause(&Cause::Permission {
        name: SCOPE.into(),
        delegated: true,
    });
    let message = say(|t| t.tenant.user_may_not_read, &[("why", &why)]);
    Finding::failed(message, remedy).with(detail(failure))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    use crate::doctor::Status;
    use graph::FailureKind;
    use model::file_fault::{SignInFault, SignInRefusal};

    #[test]
    fn a_sign_in_needs_somebody_a_token_and_a_scope() {
        let status = |who: Result<&str, &Cause>, renewed: Result<&[&str], &Failure>| {
            sign_in(who, renewed).status
        };
        let dead = Failure::new(FailureKind::Credentials, "too old")
            .because(model::cause::Cause::Entra { code: 700_082 });
        let nobody = Cause::SignInFile(Arc::new(SignInFault {
            path: "/x/y".into(),
            why: SignInRefusal::Nobody,
        }));
        assert_eq!(status(Err(&nobody), Ok(&[])), Status::Failed);
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
