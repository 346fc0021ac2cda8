//! What went wrong, in words: one entry a cause, in both languages.

use std::fmt::Display;

use model::cause::{
    Cause, CertificateFault, EngineFault, ProgramFault, TlsFault, Trouble, UserListFault,
};
use model::presence::Lang;
use model::text::harmless;

use crate::fill::fill;
use crate::refusals::of_scarce;
use crate::sources::{sign_in_fault, source_faults, storage_fault};
use crate::texts::{CauseTexts, Texts};

/// What went wrong and what to do, for an administrator. Harmless text.
#[must_use]
pub fn cause(cause: &Cause, t: &Texts) -> (String, String) {
    match cause {
        Cause::Files(faults) => return (source_faults(faults, t), t.causes.files_do.to_owned()),
        Cause::Storage(fault) => return storage_fault(fault, t),
        Cause::SignInFile(fault) => return sign_in_fault(fault, t),
        _ => {}
    }
    let (what, remedy) = templates(cause, t);
    let values = values(cause, t);
    let values: Vec<_> = values
        .iter()
        .map(|(name, value)| (*name, value as &dyn Display))
        .collect();
    let what = harmless(&fill(what, &values)).into_owned();
    (what, remedy.to_owned())
}

/// This cause, with its own English sentence for the log.
#[must_use]
pub fn explained(of: Cause) -> Trouble {
    let english = Texts::in_lang(Lang::En);
    let (what, remedy) = cause(&of, english);
    // The sentences of a source's files say themselves what to do.
    let message = match of {
        Cause::Files(_) => what,
        _ => format!("{what}. {remedy}"),
    };
    Trouble::new(of, message)
}

/// What is shown of `trouble`: in English the sentence that the log has, with every detail; in
/// German the cause.
#[must_use]
pub fn trouble(trouble: &Trouble, t: &Texts) -> String {
    told(&trouble.cause, &trouble.message, t)
}

/// The same of a cause and its English sentence.
#[must_use]
pub fn told(of: &Cause, english: &str, t: &Texts) -> String {
    if t.lang == Lang::En || *of == Cause::Unexplained {
        return english.to_owned();
    }
    let (what, remedy) = cause(of, t);
    format!("{what}. {remedy}")
}

/// Why Entra refuses with this AADSTS number, and what to do; nothing for one that nobody explains.
#[must_use]
pub fn aadsts(code: u32, t: &Texts) -> Option<(&str, &str)> {
    let a = &t.aadsts;
    let (why, remedy) = match code {
        7_000_215 => (&a.secret_wrong, &a.secret_wrong_do),
        7_000_222 => (&a.secret_expired, &a.secret_expired_do),
        700_016 => (&a.unknown_application, &a.unknown_application_do),
        90_002 => (&a.unknown_tenant, &a.unknown_tenant_do),
        700_027 => (&a.assertion_signature, &a.assertion_signature_do),
        700_024 => (&a.assertion_time, &a.assertion_time_do),
        700_030 | 50_012 => (&a.certificate_refused, &a.certificate_refused_do),
        7_000_218 => (&a.needs_credential, &a.needs_credential_do),
        700_025 => (&a.public_client, &a.public_client_do),
        70_011 | 28_002 | 700_022 => (&a.scope, &a.scope_do),
        500_011 | 650_057 => (&a.unknown_graph_host, &a.unknown_graph_host_do),
        65_001 | 90_094 => (&a.no_consent, &a.no_consent_do),
        7_000_112 | 70_001 => (&a.application_disabled, &a.application_disabled_do),
        53_003 | 53_000 | 50_005 | 530_032 => (&a.conditional_access, &a.conditional_access_do),
        700_082 | 70_008 | 70_043 => (&a.sign_in_too_old, &a.sign_in_too_old_do),
        90_038 | 900_432 | 900_382 => (&a.other_cloud, &a.other_cloud_do),
        9_001_023 => (&a.needs_tenant, &a.needs_tenant_do),
        90_055 | 90_024 | 90_006 | 90_033 | 90_012 => (&a.entra_overloaded, &a.entra_overloaded_do),
        _ => return None,
    };
    Some((why, remedy))
}

/// Why UCServer refuses the log-in with this `AsnLogonErrorEnum`, and what to do.
#[must_use]
pub fn log_in(code: i64, t: &Texts) -> (&str, &str) {
    let c = &t.causes;
    match code {
        100 => (c.log_in_internal, c.log_in_internal_do),
        104 => (c.log_in_protocol, c.log_in_protocol_do),
        105 => (c.log_in_step, c.log_in_step_do),
        106 => (c.log_in_basic, c.log_in_basic_do),
        108 => (c.log_in_computer, c.log_in_computer_do),
        112 => (c.log_in_application, c.log_in_application_do),
        114 => (c.log_in_tls, c.log_in_tls_do),
        130 => (c.log_in_expired, c.log_in_expired_do),
        133 => (c.log_in_pac, c.log_in_pac_do),
        101 => (c.log_in_password, c.log_in_password_do),
        103 => (c.log_in_licence, c.log_in_licence_do),
        107 => (c.log_in_not_enabled, c.log_in_not_enabled_do),
        109 => (c.log_in_domain, c.log_in_domain_do),
        110 => (c.log_in_web, c.log_in_web_do),
        129 => (c.log_in_locked, c.log_in_locked_do),
        131 => (c.log_in_attempts, c.log_in_attempts_do),
        _ => (c.log_in_other, c.log_in_other_do),
    }
}

/// The two texts of a cause. A new cause does not compile until it has them, and they must stand
/// in both languages.
fn templates<'t>(cause: &Cause, t: &'t Texts) -> (&'t str, &'t str) {
    let c = &t.causes;
    match cause {
        Cause::Unexplained => (c.unexplained, c.unexplained_do),
        Cause::Scarce(what) => of_scarce(*what, c),
        Cause::BrokeOff => (c.broke_off, c.broke_off_do),
        Cause::SourceBrokeOff => (c.source_broke_off, c.source_broke_off_do),
        Cause::Settings => (c.settings, c.settings_do),
        // Made of sentences of their own: see `sources`.
        Cause::Files(_) | Cause::Storage(_) | Cause::SignInFile(_) => ("", ""),
        Cause::NameResolution(_) => (c.name_resolution, c.name_resolution_do),
        Cause::Connection(_) => (c.connection, c.connection_do),
        Cause::ConnectionBroken(_) => (c.connection_broken, c.connection_broken_do),
        Cause::ProxyCredentials => (c.proxy_credentials, c.proxy_credentials_do),
        Cause::Certificate { fault, given, .. } => of_certificate(*fault, *given, c),
        Cause::NoTls(_) => (c.no_tls, c.no_tls_do),
        Cause::NoCommonTls { fault, .. } => of_tls(*fault, c),
        Cause::TimeOut(_) => (c.time_out, c.time_out_do),
        Cause::NotTheServer { .. } => (c.not_the_server, c.not_the_server_do),
        Cause::TooLarge { .. } => (c.too_large, c.too_large_do),
        Cause::Damaged => (c.damaged, c.damaged_do),
        Cause::Endless => (c.endless, c.endless_do),
        Cause::ForeignHost(_) => (c.foreign_host, c.foreign_host_do),
        Cause::Entra { code } => match aadsts(*code, t) {
            Some((_, remedy)) => (c.entra_why, remedy),
            None => (c.entra, c.entra_do),
        },
        Cause::EntraError { .. } => (c.entra, c.entra_do),
        Cause::CannotSign => (c.cannot_sign, c.cannot_sign_do),
        Cause::Token { clock_ahead: None } => (c.token, c.token_do),
        Cause::Token { .. } => (c.token_clock, c.token_clock_do),
        Cause::Permission { delegated, .. } if *delegated => {
            (c.permission_delegated, c.permission_delegated_do)
        }
        Cause::Permission { .. } => (c.permission, c.permission_do),
        Cause::NotFound => (c.not_found, c.not_found_do),
        Cause::Refused { .. } => (c.refused, c.refused_do),
        Cause::Throttled { wait: None } => (c.throttled, c.throttled_do),
        Cause::Throttled { .. } => (c.throttled_wait, c.throttled_wait_do),
        Cause::Server { status: None } => (c.server, c.server_do),
        Cause::Server { .. } => (c.server_status, c.server_status_do),
        Cause::Resync => (c.resync, c.resync_do),
        Cause::Shrunk { .. } => (c.shrunk, c.shrunk_do),
        Cause::OneUser => (c.one_user, c.one_user_do),
        Cause::LogIn { code } => (c.log_in, log_in(*code, t).1),
        Cause::LoginToken => (c.login_token, c.login_token_do),
        Cause::BasicOff { .. } => (c.basic_off, c.basic_off_do),
        Cause::NotAttached => (c.not_attached, c.not_attached_do),
        Cause::Busy { .. } => (c.busy, c.busy_do),
        Cause::Redirected(_) => (c.redirected, c.redirected_do),
        Cause::NotUcweb(_) => (c.not_ucweb, c.not_ucweb_do),
        Cause::WebSocket => (c.web_socket, c.web_socket_do),
        Cause::Administrator => (c.administrator, c.administrator_do),
        Cause::UserList(fault) => of_user_list(*fault, c),
        Cause::Silent => (c.silent, c.silent_do),
        Cause::SessionEnded => (c.session_ended, c.session_ended_do),
        Cause::Engine(fault) => of_engine(*fault, c),
        Cause::Webhook { .. } => (c.webhook, c.webhook_do),
        Cause::AlertProgram(fault) => (of_program(*fault, c), c.program_do),
    }
}

fn of_user_list(fault: UserListFault, c: &CauseTexts) -> (&str, &str) {
    match fault {
        UserListFault::Refused => (c.user_list_refused, c.user_list_refused_do),
        UserListFault::Empty => (c.user_list_empty, c.user_list_empty_do),
        UserListFault::NoMonitorGroup => (c.user_list_no_group, c.user_list_no_group_do),
    }
}

fn of_program(fault: ProgramFault, c: &CauseTexts) -> &str {
    match fault {
        ProgramFault::NotStarted => c.program_start,
        ProgramFault::Code(_) => c.program_code,
        ProgramFault::Killed => c.program_killed,
        ProgramFault::TimeOut => c.program_time,
    }
}

fn of_engine(fault: EngineFault, c: &CauseTexts) -> (&str, &str) {
    match fault {
        EngineFault::Password => (c.engine_password, c.engine_password_do),
        EngineFault::Right => (c.engine_right, c.engine_right_do),
        EngineFault::ReadOnly => (c.engine_read_only, c.engine_read_only_do),
        EngineFault::Full => (c.engine_full, c.engine_full_do),
        EngineFault::Odd => (c.engine_odd, c.engine_odd_do),
        EngineFault::Protected => (c.engine_protected, c.engine_protected_do),
        EngineFault::Clients => (c.engine_clients, c.engine_clients_do),
        EngineFault::Loading => (c.engine_loading, c.engine_loading_do),
        EngineFault::Disk => (c.engine_disk, c.engine_disk_do),
        EngineFault::Replicas => (c.engine_replicas, c.engine_replicas_do),
        EngineFault::Cluster => (c.engine_cluster, c.engine_cluster_do),
        EngineFault::Database => (c.engine_database, c.engine_database_do),
        EngineFault::UnknownName => (c.engine_name, c.engine_name_do),
    }
}

fn of_tls(fault: TlsFault, c: &CauseTexts) -> (&str, &str) {
    match fault {
        TlsFault::OldVersion => (c.tls_old, c.tls_old_do),
        TlsFault::Ciphers => (c.tls_ciphers, c.tls_ciphers_do),
        TlsFault::ClientCertificate => (c.tls_client, c.tls_client_do),
    }
}

/// What is set already is not what helps.
fn of_certificate(fault: CertificateFault, given: bool, c: &CauseTexts) -> (&str, &str) {
    match fault {
        CertificateFault::Unvouched if given => {
            (c.certificate_not_given, c.certificate_not_given_do)
        }
        CertificateFault::Unvouched => (c.certificate_unvouched, c.certificate_unvouched_do),
        CertificateFault::WrongName => (c.certificate_name, c.certificate_name_do),
        CertificateFault::WrongTime => (c.certificate_time, c.certificate_time_do),
        CertificateFault::NotPinned => (c.certificate_pin, c.certificate_pin_do),
        CertificateFault::WeakKey => (c.certificate_weak, c.certificate_weak_do),
        CertificateFault::Other => (c.certificate_other, c.certificate_other_do),
    }
}

/// What stands in the place of the names in the texts.
fn values(cause: &Cause, t: &Texts) -> Vec<(&'static str, String)> {
    match cause {
        Cause::NameResolution(host)
        | Cause::Connection(host)
        | Cause::ConnectionBroken(host)
        | Cause::Certificate { host, .. }
        | Cause::NoTls(host)
        | Cause::NoCommonTls { host, .. }
        | Cause::TimeOut(host)
        | Cause::ForeignHost(host)
        | Cause::Redirected(host)
        | Cause::NotUcweb(host) => vec![("host", host.to_string())],
        Cause::NotTheServer { status }
        | Cause::Refused { status }
        | Cause::Server {
            status: Some(status),
        } => vec![("status", status.to_string())],
        Cause::TooLarge { mib: n } | Cause::Throttled { wait: Some(n) } => {
            vec![("n", n.to_string())]
        }
        Cause::Entra { code } => vec![
            ("code", format!("AADSTS{code}")),
            (
                "why",
                aadsts(*code, t).map_or("", |(why, _)| why).to_owned(),
            ),
        ],
        Cause::EntraError { error } => vec![("code", error.to_string())],
        Cause::Token {
            clock_ahead: Some(ahead),
        } => vec![("n", ahead.unsigned_abs().to_string())],
        Cause::Permission { name, .. } => vec![("name", name.to_string())],
        Cause::Shrunk { before, now } => {
            vec![("before", before.to_string()), ("now", now.to_string())]
        }
        Cause::LogIn { code } => vec![
            ("code", code.to_string()),
            ("why", log_in(*code, t).0.to_owned()),
        ],
        Cause::BasicOff { offers } => vec![("offers", offers.to_string())],
        Cause::Busy { wait } => vec![("n", wait.to_string())],
        Cause::Webhook { host, status } => {
            vec![("host", host.to_string()), ("status", status.to_string())]
        }
        Cause::AlertProgram(ProgramFault::Code(code)) => vec![("code", code.to_string())],
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::{ascii_texts, texts};
    use model::scarce::Scarce;

    #[rstest]
    #[case(Cause::Connection("graph".into()))]
    #[case(Cause::Certificate { host: "h".into(), fault: CertificateFault::WrongTime, given: true })]
    #[case(Cause::NotTheServer { status: 407 })]
    #[case(Cause::TooLarge { mib: 8 })]
    #[case(Cause::Entra { code: 7_000_222 })]
    #[case(Cause::Entra { code: 424_242 })]
    #[case(Cause::EntraError { error: "invalid_client".into() })]
    #[case(Cause::Token { clock_ahead: Some(-300) })]
    #[case(Cause::Permission { name: "User.Read.All".into(), delegated: false })]
    #[case(Cause::Throttled { wait: Some(7) })]
    #[case(Cause::Server { status: Some(503) })]
    #[case(Cause::Shrunk { before: 900, now: 2 })]
    #[case(Cause::LogIn { code: 129 })]
    #[case(Cause::BasicOff { offers: "Negotiate".into() })]
    #[case(Cause::Busy { wait: 5 })]
    #[case(Cause::Scarce(Scarce::Memory))]
    #[case(Cause::Webhook { host: "h".into(), status: 410 })]
    #[case(Cause::AlertProgram(ProgramFault::Code(3)))]
    #[case(Cause::AlertProgram(ProgramFault::NotStarted))]
    #[case(Cause::AlertProgram(ProgramFault::Killed))]
    #[case(Cause::AlertProgram(ProgramFault::TimeOut))]
    fn a_cause_is_told_in_both_languages(#[case] of: Cause) {
        let english = cause(&of, texts(Lang::En));
        let german = cause(&of, texts(Lang::De));
        for part in [&english.0, &english.1, &german.0, &german.1] {
            assert!(!part.is_empty(), "{of:?}");
        }
        assert_ne!(english, german);
        for (template, values) in [Lang::En, Lang::De]
            .map(|lang| (templates(&of, texts(lang)).0, values(&of, texts(lang))))
        {
            for name in crate::fill::names(template) {
                assert!(values.iter().any(|(known, _)| *known == name), "{name}");
            }
        }
    }

    #[test]
    fn the_german_console_shows_the_cause_and_the_english_one_every_detail() {
        let trouble = Trouble::new(Cause::NameResolution("graph".into()), "dns error");
        assert_eq!(super::trouble(&trouble, texts(Lang::En)), "dns error");
        for t in [texts(Lang::De), ascii_texts(Lang::De)] {
            let said = super::trouble(&trouble, t);
            assert!(said.contains("der Name graph"), "{said}");
        }
        let unexplained = Trouble::from("503");
        assert_eq!(super::trouble(&unexplained, texts(Lang::De)), "503");
    }
}
