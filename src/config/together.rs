//! Keys that hold only together.

/// Keys of a table that say one thing only together, or each in another way. A site that has one of
/// them has none of the others from what holds for all sites.
const SAID_TOGETHER: &[(&str, &[&str])] = &[
    (
        "tenant",
        &[
            "client_secret_env",
            "client_secret_file",
            "certificate_file",
            "private_key_file",
        ],
    ),
    ("ucserver", &["password_env", "password_file"]),
    (
        "ucserver",
        &["admin_user", "admin_password_env", "admin_password_file"],
    ),
    ("ucserver", &["ca_file", "pin_sha256"]),
    ("ucserver", &["users", "contacts"]),
    ("cluster", &["password_env", "password_file"]),
    ("alerts", &["webhook", "webhook_env", "webhook_file"]),
];

/// The keys with which this one is said, itself among them; none where it stands for itself.
pub(super) fn said_together(section: &str, name: &str) -> &'static [&'static str] {
    let mut groups = SAID_TOGETHER.iter();
    let found = groups.find(|(table, names)| *table == section && names.contains(&name));
    found.map_or(&[], |(_, names)| names)
}
