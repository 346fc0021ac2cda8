//! The wiring: a configuration becomes running parts.
//!
//! | file | what |
//! | --- | --- |
//! | `site` | a configuration, or the demo, becomes the parts of a bridge |
//! | `attach` | the local socket of the tenant's bridge: who opens it, who looks at it |
//! | `demo` | the demo's tenant, on threads of its own; `no_demo` where the program is built without it |
//! | `engines` | the engines of clusters, for whoever looks at tenants of other machines |
//! | `places` | where the sockets of bridges are |
//! | `history` | what a bridge of this process shows, recorded |
//! | `log_sinks` | where the bridge writes what happened: log, console, stderr, system log |
//! | `own` | a bridge of this process, with its log and its socket |
//! | `sign_in` | the file that keeps a user signed in |
//! | `signals` | SIGTERM, hang-up and Ctrl-C for whatever has no console |
//! | `secrecy` | no core file, no secret in a panic |
//! | `prompt` | a line that somebody types, also without echo |
//! | `room` | whether there are file descriptors and threads to begin with |
//! | `said` | why something went wrong, in the language of whoever reads it |
//! | `output` | stdout and stderr, where perhaps nobody listens |

pub(crate) mod attach;
#[cfg(feature = "simulator")]
pub(crate) mod demo;
#[cfg(not(feature = "simulator"))]
#[path = "no_demo.rs"]
pub(crate) mod demo;
pub(crate) mod engines;
pub(crate) mod history;
pub(crate) mod journal;
pub(crate) mod log_sinks;
pub(crate) mod output;
pub(crate) mod own;
pub(crate) mod places;
pub(crate) mod prompt;
pub(crate) mod room;
pub(crate) mod said;
pub(crate) mod secrecy;
pub(crate) mod sign_in;
pub(crate) mod signals;
pub(crate) mod site;

use std::path::PathBuf;

use eyre::Report;

use crate::config::{Cli, Config, Configured, Environment, Exit, Found, SiteConfig, find, load};
use crate::words::Words;
use output::complain_of;
use said::Told;

/// Two workers: while one decodes what the network has brought, the other has the core. The console,
/// the ledger, the log and the demo's tenant have threads of their own. The work is waiting.
pub(crate) fn runtime() -> Result<tokio::runtime::Runtime, Report> {
    room::is_there()?;
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|why| Told::over(|t| t.errors.threads, why).into())
}

/// Runs a command on a runtime of its own. Threads that still wait for a disk or a reader are left
/// behind: the end of the program waits for none of them.
pub(crate) fn run_to_end<T>(work: impl Future<Output = Result<T, Report>>) -> Result<T, Report> {
    let runtime = runtime()?;
    let ended = runtime.block_on(work);
    runtime.shutdown_background();
    ended
}

/// What is configured for one tenant, or for the one that `--site` names; nothing where there is none
/// anywhere, or where the demo is wanted.
pub(crate) fn configuration(cli: &Cli, env: &Environment) -> Result<Option<Config>, Report> {
    let Some((file, configured)) = configured(cli, env)? else {
        return Ok(None);
    };
    Ok(Some(configured.chosen(&file, cli.global.site.as_deref())?))
}

/// The file and all that it holds.
pub(crate) fn configured(
    cli: &Cli,
    env: &Environment,
) -> Result<Option<(PathBuf, Configured)>, Report> {
    if cli.global.demo {
        return Ok(None);
    }
    let Found::File(file) = find(cli.global.config.as_deref(), env)? else {
        return Ok(None);
    };
    let flagged = |config: Config| config.with_flags(cli.global.observe, cli.global.log_level);
    let configured = match load(&file, env)? {
        Configured::One(config) => Configured::One(Box::new(flagged(*config))),
        Configured::Several(sites) => {
            let flagged = |site: SiteConfig| SiteConfig {
                config: site.config.map(flagged),
                ..site
            };
            Configured::Several(sites.into_iter().map(flagged).collect())
        }
    };
    Ok(Some((file, configured)))
}

/// All tenants that can be looked at; what is wrong with others is nobody's business here.
pub(crate) fn configurations_to_look(cli: &Cli, env: &Environment) -> Vec<Config> {
    configurations(cli, &env.without_secrets())
}

/// All tenants whose configuration can be read in this environment.
fn configurations(cli: &Cli, env: &Environment) -> Vec<Config> {
    match configured(cli, env) {
        Ok(Some((_, Configured::One(config)))) => vec![*config],
        Ok(Some((_, Configured::Several(sites)))) => sites
            .into_iter()
            .filter_map(|site| site.config.ok())
            .collect(),
        _ => Vec::new(),
    }
}

/// The tenants of the configuration that cannot be looked at, and what is wrong with each.
pub(crate) fn broken_sites(cli: &Cli, env: &Environment) -> Vec<(String, Words)> {
    let Ok(Some((_, Configured::Several(sites)))) = configured(cli, &env.without_secrets()) else {
        return Vec::new();
    };
    let broken = |site: SiteConfig| Some((site.name, site.config.err()?.words()));
    sites.into_iter().filter_map(broken).collect()
}

/// The configuration for looking at a bridge that runs already, or at its recording: without the
/// secrets, which that bridge has.
pub(crate) fn configuration_to_look(
    cli: &Cli,
    env: &Environment,
) -> Result<Option<Config>, Report> {
    configuration(cli, &env.without_secrets())
}

/// What commands without a screen do where nothing is configured: a service that quietly ran on
/// the demo tenant would help nobody.
pub(crate) fn nothing_configured() -> Exit {
    complain_of(&Words::say(|t| t.commands.no_configuration, &[]));
    Exit::Usage
}
