//! The engines that the configuration names, for whoever looks at the tenants of other machines.

use std::sync::Arc;

use engine::Engine;

use super::site::engine_of;
use super::{configurations, configurations_to_look};
use crate::config::{Cli, Cluster, Config, Environment};
use crate::words::Words;

/// An engine of some of the tenants.
pub(crate) struct EngineToLook {
    /// Its address without a password, and the prefix where that is not everybody's.
    pub(crate) name: Arc<str>,
    /// Nothing is connected before the first question. Or why it cannot be asked.
    pub(crate) engine: Result<Engine, Words>,
}

/// Each engine of the configuration once, whichever of the tenants name it. Of the secrets only its password
/// is read, so that whoever may look need not have the others.
pub(crate) fn engines_to_look(cli: &Cli, env: &Environment) -> Vec<EngineToLook> {
    let all = configurations_to_look(cli, env);
    if all.iter().all(|config| config.cluster.is_none()) {
        return Vec::new();
    }
    let readable = configurations(cli, &env.with_secrets_of_engine());
    let mut engines: Vec<EngineToLook> = Vec::new();
    for config in &all {
        let Some(cluster) = &config.cluster else {
            continue;
        };
        let of_this = |it: &&Config| it.tenant.tenant_id == config.tenant.tenant_id;
        let own = readable.iter().find(of_this).and_then(engine_of);
        let engine = own.map(|(engine, _)| engine);
        let engine = engine.ok_or_else(|| Words::of_fleet(|t| t.no_password, &[]));
        let name: Arc<str> = name(cluster).into();
        match engines.iter_mut().find(|known| known.name == name) {
            None => engines.push(EngineToLook { name, engine }),
            Some(known) if known.engine.is_err() => known.engine = engine,
            Some(_) => {}
        }
    }
    engines
}

fn name(cluster: &Cluster) -> String {
    match &*cluster.prefix {
        Cluster::PREFIX => cluster.url.to_string(),
        prefix => format!("{} {prefix}:", cluster.url),
    }
}
