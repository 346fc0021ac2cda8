//! What the program says that is neither console nor doctor.

use crate::entries::entries;

entries! {
    /// The texts of commands, command line and configuration.
    ProgramTexts from "program.de.toml", "program.en.toml";
    commands: ProgramCommandsTexts {
        no_configuration, nothing_to_check, init_done, check_good, ended_at_once,
        too_fast_everybody, no_cycle, check_timed_out, check_broken_off, nobody_matched,
        left_behind, dropped, console_goes_on, console_goes_on_at, console_lost, console_observed,
        console_other_writes, console_nothing, console_cleared,
    }
    login: ProgramLoginTexts {
        demo, declined, expired, invitation, welcome, unused, no_refresh_token, blocked,
    }
    setup: ProgramSetupTexts {
        welcome, demo, no_home, missing, exists, exists_ask, exists_stop, exists_replace, broken_off,
        refused, needed, one_to, as_before, failed_ask, failed_change, failed_again, failed_anyway,
        tenant, client, credential, secret, variable, secret_file, certificate, private_key,
        keep_typed, keep_env, keep_file, keep_certificate, source, source_ucserver, source_file,
        users_file, events_file, address, trust, trust_system, trust_pin, trust_ca, pin, ca_file,
        account, password_kept, password, admin, write_presence, no, yes, written, next,
        next_service, load_credential, other_secret, group,
    }
    service: ProgramServiceTexts {
        waiting, writing, paused, observing, standing_by, carries, errors, silent, stopping,
        not_reloaded, no_configuration, of_site, site_broken, no_sites_left, sites, sites_waiting,
        sites_failing, sites_broken,
    }
    alerts: ProgramAlertsTexts {
        begin, worse, end,
    }
    errors: ProgramErrorsTexts {
        link, other_names, foreign_link, no_file, too_large, foreign_owner,
        others_may_write, pem_no_certificate, pem_no_key, pem_unended, pem_damaged,
        pem_encrypted, plain_http, tenant, client_id, empty_secret, certificate_file,
        key_file, key_mismatch, key_none, key_encrypted, ca_file, tls, proxy,
        ucserver_admin, ucserver_zero, follow, init_exists, init_unwritable, no_terminal,
        console_start, again, stdout, console_files, console_files_machine, console_threads,
        threads, demo, no_simulator, log_start, signals, follow_start, kind_folder, kind_pipe,
        kind_socket, kind_device, kind_other, key_not_rsa, ucserver_no_url,
        ucserver_url_log_in, ucserver_url_plain, ucserver_url_scheme, silent, replaced,
        scenario_unknown, scenario_malformed, simulator_listen, simulator_files, simulator_certificate,
        still_written,
    }
    system: ProgramSystemTexts {
        not_found, permission_denied, already_exists, is_a_directory, not_a_directory,
        not_empty, read_only, no_space, quota, too_large, links, name, busy, stale, input_output,
        many_files, many_files_machine, refused, timed_out, in_use, no_address, unreachable, reset,
        unsupported, other, quoted,
    }
    help: ProgramHelpTexts {
        about, about_long, after, usage, usage_flags, usage_command, heading_commands,
        heading_options, heading_global, default, values, flag_config, flag_site, flag_demo,
        flag_users, flag_seed, flag_lang, flag_color, flag_theme, flag_ascii, flag_plain, flag_observe,
        flag_socket, flag_direct, flag_log_level, flag_help, flag_version, command_help,
        completions, completions_long, completions_shell, man, man_long, config, config_check,
        config_init, doctor, doctor_long, doctor_format, doctor_user, doctor_write, doctor_socket, doctor_record, doctor_for, doctor_show_recording, login,
        mapping, mapping_format, run, run_long, run_for, simulator, simulator_long,
        simulator_graph_port, simulator_ucserver_port, simulator_scenario, simulator_replay, simulator_ucserver_version, snapshot,
        snapshot_long, snapshot_format, attach, attach_socket, attach_tenant, watch, watch_long, watch_for, watch_format,
        replay, replay_long, replay_place, replay_at, why, why_long, why_user, why_at, why_format, metrics, metrics_long,
        fleet, fleet_long, fleet_format, fleet_socket, check, check_long, check_fleet,
        check_format, check_timeout, check_name, check_read_age, check_latency, check_late,
        check_errors, check_stale, check_unmatched, check_unmatched_percent, check_unconfirmed,
        check_masked, check_no_effect, check_silence, check_budget, check_throttled, check_token,
        check_skew, init, init_long, init_tenant_id, init_client_id, init_secret_env, init_secret_file, init_certificate,
        init_private_key, init_cloud, init_authority, init_graph_base, init_ca_file, init_users_file,
        init_events_file, init_presence_out, init_ucserver, init_ucserver_pin, init_ucserver_ca_file,
        init_ucserver_user, init_ucserver_password_env, init_ucserver_password_file, init_ucserver_admin,
        init_ucserver_admin_password_env, init_ucserver_admin_password_file, init_write_presence,
        init_overwrite, init_untested,
    }
    usage: ProgramUsageTexts {
        error, more, unknown_argument, unknown_command, missing_command, missing_argument,
        missing_value, wrong_value, possible_values, too_often, either, expected_lang,
        expected_time, expected_times, expected_bounds, expected_order, demo_and_config, observe_and_write, users_without_demo,
    }
    man: ProgramManTexts {
        title, name, synopsis, description, commands, notes,
    }
}
