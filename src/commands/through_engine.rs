//! `attach --tenant`: a tenant that runs on other machines, seen through the engine of its cluster.

use std::sync::Arc;

use attach::{Attachment, this_process};
use engine::{Engine, EngineError};
use eyre::Report;

use super::relay::Panes;
use crate::bridge::{NotTaken, Onlooker, Sight, Snapshot, Wanted, file_stem, watch_through_engine};
use crate::config::{Cli, Environment};
use crate::wiring::attach::Looker as _;
use crate::wiring::engines::{EngineToLook, engines_to_look};
use crate::wiring::said::Told;
use crate::words::{Value, Words};

/// The tenant as its leader shows it.
///
/// # Errors
/// An engine that cannot be asked, one that does not know the tenant, a leader that shows nothing.
pub(super) async fn attach_through_engine(
    cli: &Cli,
    env: &Environment,
    tenant: &str,
    panes: &Panes,
) -> Result<Attachment, Report> {
    let (engine, name) = engine_of(engines(cli, env).await?, tenant).await?;
    let clock = panes.clock();
    let mut onlooker = Onlooker::new(engine, Wanted::Everything, Arc::clone(&clock));
    let sight = onlooker.look().await.map_err(|why| unasked(&name, &why))?;
    let first = match sight {
        Sight::Picture(first) => first,
        Sight::Unreadable(leader) => {
            return Err(told(Words::of_fleet(
                |t| t.unreadable,
                &[("leader", &leader)],
            )));
        }
        Sight::Ended => return Err(told(Words::of_attach(|t| t.ended, &[("tenant", &tenant)]))),
    };
    say_where_the_log_is(&first, panes);
    let warned = panes.clone();
    let remote = watch_through_engine(onlooker, first, who_asks(), move |why| {
        warned.warn(&not_taken(&why));
    });
    Ok(Attachment {
        snapshots: remote.snapshots,
        commands: remote.commands,
        clock,
    })
}

/// The disk may be a share that hangs.
async fn engines(cli: &Cli, env: &Environment) -> Result<Vec<EngineToLook>, Report> {
    let (cli, env) = (cli.clone(), env.clone());
    Ok(tokio::task::spawn_blocking(move || engines_to_look(&cli, &env)).await?)
}

/// The first engine that knows the tenant.
async fn engine_of(engines: Vec<EngineToLook>, tenant: &str) -> Result<(Engine, Arc<str>), Report> {
    let wanted = file_stem(tenant);
    let mut known = Vec::new();
    if engines.is_empty() {
        return Err(told(Words::of_attach(|t| t.no_engine, &[])));
    }
    for EngineToLook { name, engine } in engines {
        let engine = engine.map_err(told)?;
        let tenants = engine.tenants().await.map_err(|why| unasked(&name, &why))?;
        if tenants.contains(&wanted) {
            return Ok((engine.of_tenant(&wanted), name));
        }
        known.extend(tenants);
    }
    let known = known.join(", ");
    let values: [(&str, &dyn Value); 2] = [("tenant", &tenant), ("tenants", &known)];
    Err(told(Words::of_attach(|t| t.none_there, &values)))
}

fn told(words: Words) -> Report {
    Told::alone(words).into()
}

fn unasked(engine: &str, why: &EngineError) -> Report {
    let (what, remedy) = Words::of_cause(&why.trouble().cause);
    told(Words::from(engine).then(&what).then(&remedy))
}

/// For the leader's log: user, process and machine.
fn who_asks() -> String {
    let host = rustix::system::uname();
    format!(
        "{} at {}",
        this_process(),
        host.nodename().to_string_lossy()
    )
}

fn not_taken(why: &NotTaken) -> Words {
    match why {
        NotTaken::Nobody => Words::of_attach(|t| t.command_unanswered, &[]),
        NotTaken::Failed(why) => {
            let (what, _) = Words::of_cause(&why.trouble().cause);
            Words::of_attach(|t| t.command_failed, &[("why", &what)])
        }
    }
}

fn say_where_the_log_is(first: &Snapshot, panes: &Panes) {
    let leader = first.cluster.as_ref().and_then(|it| it.leader.clone());
    if let Some(leader) = leader {
        panes.note(&Words::of_attach(
            |t| t.log_elsewhere,
            &[("leader", &leader)],
        ));
    }
}
