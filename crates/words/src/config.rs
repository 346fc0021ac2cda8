//! What is said of the configuration file: its keys, and what is wrong with it.

use crate::entries::entries;

entries! {
    /// The texts of the configuration file.
    ConfigTexts from "config.de.toml", "config.en.toml";
    faults: ConfigFaultsTexts {
        expected, missing, missing_for, missing_beside, missing_password,
        missing_or, missing_or_empty, missing_no_home, and_more, a_value, empty_text,
        a_text, a_date, a_list, a_table, a_file, a_directory, no_directory_of_file,
        same_as_events, did_you_mean, unknown_table, unknown_table_meant, no_table,
        key_belongs, key_without_table, unknown_key, unknown_key_meant, literal_secret, or,
        distrusted, unreadable, unreadable_named, no_file, not_utf8, incomplete, not_toml,
        backslash, pseudo_tenant, neither, something_else, no_client_id, china,
        url_with_path, url_without_version, no_url, url_without_host, url_with_login,
        url_with_query, url_plain, url_no_https, no_engine_url, no_credential, second_credential,
        not_in_site, no_sites, no_such_site, which_site, no_site_list, site_name, include,
        include_none, sites_in_site, same_as_site,
        second_password, second_webhook, webhook_at, no_program, expiration, file_unreadable, pin_beside_ca, no_variable_name,
        variable_unset, secret_file_empty, secret_in_variable, secret_in_file, secret_typed, secret_typed_empty, secret_lines,
        secret_no_text, secret_pem, secret_assigned, secret_quoted, secret_odd, odd_space, odd_tab, odd_nul, odd_no_break,
        odd_zero_width, odd_byte_order, odd_invisible, secret_not_a_file, secret_too_large,
        secret_mode,
    }
    takes: ConfigTakesTexts {
        flag, whole, time, one_of, tenant, client, secret_variable, secret_file,
        certificate_file, key_file, authority, graph_base, certificates, expiration,
        renew_before, users_file, file, new_file, directory, ucweb, ucsid, user,
        password_variable, password_file, administrator, admin_password_variable,
        admin_password_file, pin, contacts, user_names, hosts, pattern, socket, group,
        prom_file, listen, command, webhook, webhook_variable, webhook_file, engine, prefix,
    }
    without: ConfigWithoutTexts {
        required, one_credential, one_password, required_with, none, cloud, users, state, socket,
    }
    console: ConfigConsoleTexts {
        no_such_key, theme, columns, no_column, column_twice, no_column_left, filters,
        switch, alerts, alert_by, filter, filter_unread, keys, key_list, no_action, no_key, key_taken,
    }
    tenant: ConfigTenantTexts {
        tenant_id, client_id, client_secret_env, client_secret_file, certificate_file,
        private_key_file, cloud, authority, graph_base, ca_file, read_with,
    }
    poll: ConfigPollTexts {
        interval, requests_per_30s,
    }
    set: ConfigSetTexts {
        enabled, expiration, renew_before,
    }
    procall: ConfigProcallTexts {
        source, users_file, events_file, presence_out,
    }
    ucserver: ConfigUcserverTexts {
        url, ucsid, user, password_env, password_file, admin_user, admin_password_env,
        admin_password_file, ca_file, pin_sha256, users, contacts, exclude, write_presence,
        despite_native, lease, refresh, redirect_hosts, reuse_token, client_app_id,
        keep_alive, batch, parallel_batches, call_lists,
    }
    log: ConfigLogTexts {
        directory, level, max_size_mb, keep, archive, format, system_log, follow,
    }
    state: ConfigStateTexts {
        directory,
    }
    attach: ConfigAttachTexts {
        socket, group, operators,
    }
    metrics: ConfigMetricsTexts {
        textfile, listen,
    }
    history: ConfigHistoryTexts {
        keep, max_size_mb, names,
    }
    cluster: ConfigClusterTexts {
        url, password_env, password_file, ca_file, prefix, engine_lost,
    }
    alerts: ConfigAlertsTexts {
        command, webhook, webhook_env, webhook_file, after,
    }
}
