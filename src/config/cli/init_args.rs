//! What `init` takes.

use std::path::PathBuf;

use clap::Args;

/// `lampfield init`: every answer as a flag, but for secrets themselves.
#[derive(Clone, Debug, Default, PartialEq, Eq, Args)]
pub struct InitArgs {
    /// The tenant: GUID or domain
    #[arg(long, value_name = "TENANT")]
    pub tenant_id: Option<String>,
    /// The application (client) id
    #[arg(long, value_name = "GUID")]
    pub client_id: Option<String>,
    /// The environment variable that holds the client secret
    #[arg(long, value_name = "NAME", conflicts_with_all = ["secret_file", "certificate", "private_key"])]
    pub secret_env: Option<String>,
    /// The file (mode 0600) that holds the client secret
    #[arg(long, value_name = "FILE", conflicts_with_all = ["certificate", "private_key"])]
    pub secret_file: Option<PathBuf>,
    /// The certificate (PEM) that the app registration knows
    #[arg(long, value_name = "FILE")]
    pub certificate: Option<PathBuf>,
    /// Its private key (PEM, mode 0600)
    #[arg(long, value_name = "FILE")]
    pub private_key: Option<PathBuf>,
    /// Microsoft's cloud [default: global]
    #[arg(long, value_name = "CLOUD")]
    pub cloud: Option<String>,
    /// Where tokens come from [default: the cloud's]
    #[arg(long, value_name = "URL")]
    pub authority: Option<String>,
    /// Where Graph is [default: the cloud's]
    #[arg(long, value_name = "URL")]
    pub graph_base: Option<String>,
    /// Trusted beside the system's certificate authorities, for a proxy that opens TLS
    #[arg(long, value_name = "FILE")]
    pub ca_file: Option<PathBuf>,
    /// ProCall's users from this CSV file
    #[arg(long, value_name = "FILE", conflicts_with = "ucserver")]
    pub users_file: Option<PathBuf>,
    /// ProCall's calls from this file
    #[arg(long, value_name = "FILE", conflicts_with = "ucserver")]
    pub events_file: Option<PathBuf>,
    /// Where ProCall's presence goes
    #[arg(long, value_name = "FILE", conflicts_with = "ucserver")]
    pub presence_out: Option<PathBuf>,
    /// ProCall's users and calls from the UCServer behind this UCWeb
    #[arg(long, value_name = "URL")]
    pub ucserver: Option<String>,
    /// Only this certificate of UCWeb is taken: its SHA-256
    #[arg(long, value_name = "SHA256", conflicts_with = "ucserver_ca_file")]
    pub ucserver_pin: Option<String>,
    /// Trusted beside the system's certificate authorities, for UCWeb
    #[arg(long, value_name = "FILE")]
    pub ucserver_ca_file: Option<PathBuf>,
    /// The user that lampfield signs in as at UCServer
    #[arg(long, value_name = "USER")]
    pub ucserver_user: Option<String>,
    /// The environment variable that holds its password
    #[arg(long, value_name = "NAME", conflicts_with = "ucserver_password_file")]
    pub ucserver_password_env: Option<String>,
    /// The file (mode 0600) that holds its password
    #[arg(long, value_name = "FILE")]
    pub ucserver_password_file: Option<PathBuf>,
    /// The UCServer administrator that may list all users
    #[arg(long, value_name = "USER")]
    pub ucserver_admin: Option<String>,
    /// The environment variable that holds the administrator's password
    #[arg(
        long,
        value_name = "NAME",
        conflicts_with = "ucserver_admin_password_file"
    )]
    pub ucserver_admin_password_env: Option<String>,
    /// The file (mode 0600) that holds the administrator's password
    #[arg(long, value_name = "FILE")]
    pub ucserver_admin_password_file: Option<PathBuf>,
    /// Write what Teams says into ProCall
    #[arg(long)]
    pub write_presence: bool,
    /// Replace a configuration that is there
    #[arg(long)]
    pub overwrite: bool,
    /// Write it without a test
    #[arg(long)]
    pub untested: bool,
}
