//! What the doctor says.

use crate::entries::entries;

entries! {
    /// The texts of the doctor.
    DoctorTexts from "doctor.de.toml", "doctor.en.toml";
    checks: DoctorChecksTexts {
        configuration, bridge, connection, clock, coverage, credential, directory, dns, engine, log,
        native_teams, permissions, presence, procall_users, rights, sign_in, state,
        subscription, token, ucserver, ucserver_login, write,
    }
    bridge: DoctorBridgeTexts {
        nobody, hidden_do, silent, writing, observing, paused, broken_do,
    }
    course: DoctorCourseTexts {
        skipped, interrupted, all_well, counted,
    }
    disk: DoctorDiskTexts {
        good, demo, nothing, nothing_do, faulty, faulty_do, state_ours, state_other,
        state_unwritable, state_unwritable_do, log_ours, log_unwritable, log_unwritable_do,
        no_answer,
    }
    engine: DoctorEngineTexts {
        answers, slow_do, failed, unreachable_do,
    }
    network: DoctorNetworkTexts {
        proxy_unusable, proxy_unusable_do, proxy_encoding, proxy_control, proxy_socks,
        proxy_scheme, proxy_host, proxy_login, only_for_http, resolved, resolved_by_proxy,
        no_address, no_address_do, proxy_no_address, proxy_no_address_do, lookup_none,
        lookup_slow, answer, answer_tls, answer_plain, answer_through, unreachable,
        unreachable_do, nobody_listens, packets_dropped, no_route, no_connection, of_server,
        through_proxy, no_date, no_date_do, clock_right, clock_ahead, clock_behind,
        clock_do,
    }
    request: DoctorRequestTexts {
        permission_do, consent_do, given_certificate_do, certificate_do, connection_do,
        portal_do, later_do, status, request_id,
    }
    tenant: DoctorTenantTexts {
        credential_unusable, credential_unusable_do, secret_read, certificate_read,
        certificate_expired, certificate_valid, certificate_do, token_given, granted,
        granted_none, lacking_do, too_many, too_many_do, only_basic, only_basic_do,
        no_sign_in, no_sign_in_do, signed_in, without_scope, without_scope_do,
        user_may_not_read,
    }
    people: DoctorPeopleTexts {
        directory_empty, directory_empty_do, directory, users, users_none, users_unreadable,
        users_silent, users_silent_do, users_ucserver_do, users_file_do, coverage,
        coverage_do, coverage_example_do, reason, no_entra_user, several_entra_users,
        several_procall_users, guest, disabled, quarantined, unknown_user, unknown_user_do,
        nobody_matched, presence, presence_forbidden, presence_forbidden_do, presence_none,
        presence_none_do,
    }
    ucserver: DoctorUcserverTexts {
        answers, logged_in, unusable, unusable_do, one_attempt_do, basic_off, basic_off_do, busy_do, redirected_do,
        not_ucweb, unreachable, unreachable_do, no_tls_do, pin_do, name_do, time_do,
        untrusted, untrusted_do, untrusted_file_do, untrusted_pinned_do, subscription_late,
        subscription_late_do, all_shown, not_shown, not_shown_do, calls_hidden,
        calls_hidden_do, may_not_set, may_not_set_do, rights, rights_unread, not_understood, not_understood_do, native_unseen,
        native_overruled, native, native_do,
    }
    trial: DoctorTrialTexts {
        other_writer, other_writer_do, in_a_call, in_a_call_do, interrupted, again_do,
        shown, no_read, masked, masked_do, no_effect, no_effect_do, silent, silent_do,
        cleared_seen, cleared, cleared_not_seen, clear_failed, clear_failed_do,
    }
}
