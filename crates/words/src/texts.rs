//! What the console and the reports say.

use std::sync::LazyLock;

use crate::ascii::spelled;
use crate::entries::entries;
use model::presence::Lang;

entries! {
    /// The texts of console and reports, and what causes are called everywhere.
    Texts from "de.toml", "en.toml";
    header: HeaderTexts {
        live, waiting, stale, procall_silent, ended, procall_down, writing, cannot_write, observing, paused, demo, token, token_expired,
        token_none, token_refused, coverage, coverage_short, coverage_shortest, poll, late, next, running, due, budget, throttled, frozen, slow_terminal,
        private, leases, echoes, errors,
    }
    observe: ObserveTexts {
        flag, config, read_only, other_writer, no_state, native, standby, engine_lost,
    }
    fleet: FleetTexts {
        state, tenant, bridge, read, users, leases, budget, latency, problem, writing, paused, observing,
        standby, no_leader, unseen, unreadable, unasked, no_password, sum, none, no_answer, prtg, keys, filtering, waiting, place, empty,
    }
    attach: AttachTexts {
        attached, nobody, dead, not_allowed, upgrade_bridge, upgrade_ours, full, silent, foreign, broken,
        direct, none_here, lost, back, taken_over, not_taken_over, command_refused, command_busy,
        command_unanswered, command_failed, log_elsewhere, none_there, no_engine, ended, through_engine, leader,
        lines_lost, short, process, hung_up,
        no_leader_heard, since_lost,
    }
    replay: ReplayTexts {
        no_recording, other_version, left_out, misfit, not_a_moment, unreadable, begins_later, ends_before,
        damaged, damaged_end, not_recorded, as_shown, badge, paused, speed, is_damaged,
        is_not_recorded, until, refused, nothing_recorded, not_in_the_past, no_live, ask, no_later,
        no_earlier, at_end, key_live, key_time, key_event, key_problem, key_play, key_stop, key_faster,
        key_go,
    }
    numbers: NumberTexts { decimal, group }
    links: LinkTexts {
        title, teams, entra, graph_read, graph_write, bridge, procall, storage, alerts, idle, up,
        degraded, down, last_ok, last_error, latency, never, client,
        client_change, client_none, graph, log, all_well, broken, shaky, silent, trouble, trouble_none,
        ago, flow, state, follows,
    }
    columns: ColumnTexts {
        lamp, name, user, phone, department, teams, since, procall, call, lease, poll, age, note,
    }
    groups: GroupTexts {
        pinned, no_department, calls, wrong, on, off, pin_on, pin_off, pins_full,
    }
    alerts: AlertTexts {
        title, keys, problem, outage, pinned, bell, notification, call, call_over, presence,
    }
    lamps: LampTexts { neutral, red, yellow }
    procall: ProcallTexts {
        unchanged, do_not_disturb, busy_in_a_call, short_unchanged, short_do_not_disturb,
        short_busy_in_a_call, shortest_do_not_disturb, shortest_busy_in_a_call, available, busy,
        absent, offline, short_available, short_busy, short_absent, short_offline,
    }
    calls: CallTexts {
        tapi, softphone, av_chat, meeting, manual, short_tapi, short_softphone, short_av_chat,
        short_meeting, short_manual, short_teams, short_some, ringing, connected, none, in_teams,
        some,
    }
    verdicts: VerdictTexts { pending, confirmed, masked, no_effect }
    phases: PhaseTexts {
        observed, setting, clearing, settling,
    }
    notes: NoteTexts {
        write_failing, no_effect, masked, stale, missing, unknown, flapping, echo_held,
        would_write, paused, rights, by_hand, refused, not_understood, our_call,
    }
    advice: AdviceTexts {
        write_failing, write_failing_do, no_effect, no_effect_do, masked, masked_do, stale,
        stale_do, missing, missing_do, unknown, unknown_do, flapping, flapping_do, echo_held,
        echo_held_do, would_write, would_write_do, paused, paused_do, call_rings_anyway,
    }
    obstacles: ObstacleTexts {
        not_visible, not_visible_do, calls_hidden, calls_hidden_do, may_not_set, may_not_set_do,
        foreign, foreign_do, refused, refused_do, not_understood, not_understood_do,
    }
    problems: ProblemTexts {
        title, none, dead, dead_do, procall_silent, procall_silent_do, procall_unreachable_do, graph_down, graph_down_do, link_down, link_down_do, link_degraded, link_degraded_do,
        throttled, throttled_do, token, token_do, token_soon, token_soon_do, permission,
        permission_do, skew, skew_do, late, late_do, errors, errors_do, directory, directory_do,
        unmatched, unmatched_do, other_writer, other_writer_do, no_state, no_state_do, engine_lost, engine_lost_do,
        engine_lost_alone_do, standby_fails, standby_fails_do, no_leader, no_leader_do,
        nobody_leads, nobody_leads_do, native,
        native_do, unknown_values, unknown_values_do, odd_records, odd_records_do, nobody, nobody_do, over,
        affecting, several, follows, token_not_renewed, late_budget, late_budget_do, late_slow, late_slow_do,
        alerts, alerts_do,
    }
    unmatched: UnmatchedTexts {
        title, none, no_entra_user, no_entra_user_do, several_entra_users, several_entra_users_do,
        several_procall_users, several_procall_users_do, guest, guest_do, disabled, disabled_do,
        no_teams_presence, no_teams_presence_do, quarantined, quarantined_do, excluded,
        excluded_do, near, found, no_match, by_reason,
    }
    fields: FieldTexts {
        name, user, phone, teams, procall, lamp, call, lease, verdict, note, rule, reason, lat,
        age, calls, fails, renewals, is, department, since,
    }
    kinds: KindTexts { call, lease, wrong, stale, masked, paused, unmatched, excluded }
    filter: FilterTexts {
        unclosed, nothing, no_field, no_value, no_kind_yet, no_kind, count_missing, no_count,
        duration_missing, no_duration, no_unit, not_comparable, regex,
    }
    detail: DetailTexts {
        title, nobody, gone, teams, teams_none, since, out_of_office, read, read_never, failures,
        rule, rule_estos, rule_open, by_outlook, lamp, procall, calls, lease, lease_none, lease_none_cleared, set,
        expires, renews, renewals, verdict, verdict_after, masked_by, request_id, chain,
        chain_empty, teams_right, teams_right_none, ours, rule_held, call_stale, our_call,
    }
    events: EventTexts {
        call_ringing, call_connected, call_ended, lease_ordered, would_write, would_clear,
        lease_accepted, lease_renewed, lease_cleared, lease_expired, lease_adopted, write_failed,
        pending, confirmed, masked, no_effect, teams_changed, echo_held, echo_released,
        procall_set, procall_accepted, procall_read_back, procall_taken_back, procall_gone,
        procall_not_carried, became_stale, became_fresh, calls_stale, calls_fresh, request,
    }
    poll: PollTexts {
        title, interval, latency, lateness, cycle, chunks, chunk, users, history, budget, failed,
        ok, none, next, first_byte, last_minute, errors, trend,
        steady, growing, falling, too_early, late_history,
    }
    log: LogTexts {
        title, followed, everything, lines, follow, hold, empty, dropped, only, search, level,
        explorer, explorer_keys, explorer_private, not_recorded, level_not_recorded,
    }
    status: StatusTexts {
        problem_of, filter, no_filter, sort, bad_filter, no_match, empty, refresh_one, refresh_all, interval,
        queue_full, frozen, live, private_on, private_off, copied, no_problem, observing,
        writing_paused, writing_resumed, user_paused, user_resumed, clear_ordered, cancelled,
        ended, export, exported, export_failed, export_private, export_ending, named_filter,
        no_named_filter, theme, no_colors, interval_end, nothing_here, elsewhere, no_lease,
        no_leases, refresh_waits, nobody_wrong, nobody_calls, nobody_leases, position, last_user,
        first_user, mouse_on, mouse_off, filter_name, filter_saved, filter_forgotten,
        filter_configured, no_filter_to_save,
    }
    menu: MenuTexts {
        columns, columns_keys, filters, filters_keys, no_filters, sort, sort_keys, actions, actions_keys,
        no_action,
    }
    confirm: ConfirmTexts {
        title, pause, resume, pause_user, resume_user, clear, clear_all, leave, keys,
    }
    help: HelpTexts {
        title, everywhere, table, log, detail, filter_title, filter_lines, signs_title, nothing,
    }
    signs: SignTexts {
        red, yellow, neutral, our_call, ringing, unsure, none, arrow, pending, confirmed, masked,
        failed, observed, setting, clearing, settling, alive, dead, node, node_idle,
        wire_degraded, warning, ascending, descending, selected, pinned, cut,
    }
    keys: KeyTexts {
        up, down, top, bottom, page_up, page_down, filter, detail, back, freeze, refresh,
        refresh_all, faster, slower, sort, sort_reverse, logs, pane, next_problem,
        previous_problem, privacy, theme, help, quit, redraw, suspend, unmatched, problems, topology,
        timing, explorer, show_all, show_calls, show_leases, show_wrong, pause, pause_user, clear,
        clear_all, copy, level_less, level_more, follow, wrap, only_user, jump, target, columns,
        filters, named_filter, export, search_help, to_row, user_log, copy_cell, sort_by, next_user,
        previous_user, commands, group, pin, alerts,
        mouse, past, past_time, past_event, past_event_before, past_problem, past_problem_before,
        past_faster,
        others_sort, others_reverse, others_copy, others_copy_cell, others_export,
    }
    footer: FooterTexts {
        filter, detail, back, freeze, refresh, sort, logs, pane, problem, help, quit, unmatched,
        problems, topology, timing, level, follow, only_user, jump, keep, drop, target, columns,
        export, choose, toggle, shift, write, calls, open, user_log, interval, refresh_all, search,
        commands, next_user, switch, past,
        copy, complete, history, save, forget,
    }
    small: SmallTexts { too_small }
    report: ReportTexts {
        user, name, teams, lamp, procall, lease, age, latency, note, coverage, reason, poll,
        throttled, leases, teams_shows, pair, tooltip, rule, written, why, marks,
    }
    why: WhyTexts { unmatched, several, nobody, near, excluded, more }
    check: CheckTexts {
        all_well, uptime, read_age, latency, late, errors, stale, matched, unmatched, unmatched_percent, leases, confirmed, unconfirmed, masked, no_effect, heard, silence, budget, not_throttled, throttled, token, token_ended, skew, no_cycle, no_users, paused, own, more,
        ok, warning, critical, unknown, bridge, reading, users, lease_area, links, access,
    }
    causes: CauseTexts {
        unexplained, unexplained_do, descriptors, descriptors_do, descriptors_machine,
        descriptors_machine_do, threads, threads_do, memory, memory_do, broke_off,
        broke_off_do, source_broke_off, source_broke_off_do, settings, settings_do, files_do, name_resolution, name_resolution_do, connection, connection_do,
        connection_broken, connection_broken_do, proxy_credentials, proxy_credentials_do,
        certificate_unvouched, certificate_unvouched_do, certificate_not_given,
        certificate_not_given_do, certificate_name, certificate_name_do, certificate_time,
        certificate_time_do, certificate_pin, certificate_pin_do, certificate_weak, certificate_weak_do, certificate_other,
        certificate_other_do, no_tls, no_tls_do, tls_old, tls_old_do, tls_ciphers, tls_ciphers_do, tls_client, tls_client_do, time_out, time_out_do, not_the_server,
        not_the_server_do, too_large, too_large_do, damaged, damaged_do, endless,
        endless_do, foreign_host, foreign_host_do, entra, entra_do, entra_why, cannot_sign,
        cannot_sign_do, token, token_do, token_clock, token_clock_do, permission,
        permission_do, permission_delegated, permission_delegated_do, not_found,
        not_found_do, refused, refused_do, throttled, throttled_do, throttled_wait,
        throttled_wait_do, server, server_do, server_status, server_status_do, resync,
        resync_do, shrunk, shrunk_do, one_user, one_user_do, log_in, login_token,
        login_token_do, basic_off, basic_off_do, not_attached, not_attached_do, busy, busy_do, redirected,
        redirected_do, not_ucweb, not_ucweb_do, web_socket, web_socket_do, administrator,
        administrator_do, user_list_refused, user_list_refused_do, user_list_empty, user_list_empty_do, user_list_no_group, user_list_no_group_do, silent, silent_do, session_ended,
        session_ended_do, engine_password, engine_password_do, engine_right, engine_right_do,
        engine_read_only, engine_read_only_do, engine_full, engine_full_do, engine_odd,
        engine_odd_do, engine_protected, engine_protected_do, engine_clients, engine_clients_do, engine_loading,
        engine_loading_do, engine_disk, engine_disk_do, engine_replicas, engine_replicas_do, engine_cluster, engine_cluster_do, engine_database, engine_database_do, engine_name, engine_name_do, log_in_password, log_in_password_do,
        log_in_licence, log_in_licence_do, log_in_not_enabled, log_in_not_enabled_do,
        log_in_domain, log_in_domain_do, log_in_web, log_in_web_do, log_in_locked,
        log_in_locked_do, log_in_attempts, log_in_attempts_do, log_in_other,
        log_in_other_do, log_in_internal, log_in_internal_do, log_in_protocol, log_in_protocol_do, log_in_step, log_in_step_do, log_in_basic, log_in_basic_do, log_in_computer, log_in_computer_do, log_in_application, log_in_application_do, log_in_tls, log_in_tls_do, log_in_expired, log_in_expired_do, log_in_pac, log_in_pac_do,
        webhook, webhook_do, program_start, program_code, program_killed, program_time, program_do,
    }
    sources: SourceTexts {
        list, list_unread, list_empty, list_workbook, list_no_user_name, list_no_users, list_no_line, list_kept,
        list_none, calls, calls_gone, out, out_slow, out_not_started, not_started, hangs, line,
        line_odd, more_lines, no_calls_yet, stranger, out_again, not_taken_back, quote, fields,
        no_user_name, empty_user_name, long_name, excluded, long_line, no_json, no_event, unknown, wrong_state,
        odd_record, odd_utf8, odd_call, odd_user, odd_contact, shape_list, shape_none, shape_members,
        no_message, binary_frame, no_rose, server_ahead, server_behind, nameless_contacts, named_otherwise, list_stays,
        no_ledger, no_absent_state, logs_in_anew, sent_elsewhere,
    }
    sign_in: SignInTexts {
        nobody, nobody_do, exposed, damaged, foreign, unread, unwritten, again_do, rights_do,
    }
    storage: StorageTexts {
        log, log_do, log_full_do, log_silent_do, ledger, ledger_read, ledger_do, ledger_full_do,
        lock, lock_do, state, state_do, recording, recording_do, recording_full_do,
    }
    aadsts: AadstsTexts {
        secret_wrong, secret_wrong_do, secret_expired, secret_expired_do,
        unknown_application, unknown_application_do, unknown_tenant, unknown_tenant_do,
        assertion_signature, assertion_signature_do, assertion_time, assertion_time_do,
        certificate_refused, certificate_refused_do, needs_credential, needs_credential_do,
        public_client, public_client_do, scope, scope_do, unknown_graph_host,
        unknown_graph_host_do, no_consent, no_consent_do, application_disabled,
        application_disabled_do, conditional_access, conditional_access_do, sign_in_too_old,
        sign_in_too_old_do, other_cloud, other_cloud_do, needs_tenant, needs_tenant_do,
        entra_overloaded, entra_overloaded_do,
    }
}

static ASCII_GERMAN: LazyLock<Box<Texts>> = LazyLock::new(|| Texts::read(Lang::De, spelled));
static ASCII_ENGLISH: LazyLock<Box<Texts>> = LazyLock::new(|| Texts::read(Lang::En, spelled));

/// The texts of one language.
#[must_use]
pub fn texts(lang: Lang) -> &'static Texts {
    Texts::in_lang(lang)
}

/// The same for terminals that only have ASCII.
#[must_use]
pub fn ascii_texts(lang: Lang) -> &'static Texts {
    match lang {
        Lang::De => &ASCII_GERMAN,
        Lang::En => &ASCII_ENGLISH,
    }
}
