//! Where the sockets of bridges are.

use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use crate::bridge::file_stem;
use crate::config::{AttachSocket, Config, Environment};

/// Where systemd's `RuntimeDirectory=lampfield` puts it.
pub(super) const SERVICE_SOCKET: &str = "/run/lampfield/lampfield.sock";

/// Where a bridge of this tenant may be. The first is where one with this configuration and
/// environment opens its socket; nowhere where the configuration says so.
pub(super) fn places_of(config: &Config, env: &Environment) -> Vec<PathBuf> {
    match &config.attach.socket {
        AttachSocket::None => Vec::new(),
        AttachSocket::At(path) => vec![path.clone()],
        AttachSocket::Default => default_places(config, env),
    }
}

/// The first is where a bridge with this environment opens it. Others look at all of them: a service
/// and whoever looks at it have different environments.
fn default_places(config: &Config, env: &Environment) -> Vec<PathBuf> {
    let name = format!("{}.sock", file_stem(&config.tenant.tenant_id));
    let state = &config.state.directory;
    let service = env.get("RUNTIME_DIRECTORY").and_then(|paths| {
        let first = Path::new(paths.split(':').next()?);
        // One process has a socket for each of its tenants.
        Some(first.join(config.site.as_ref().map_or("lampfield.sock", |_| &name)))
    });
    let session = env.get("XDG_RUNTIME_DIR").map(PathBuf::from);
    let session = session.filter(|folder| folder.is_absolute() && folder.is_dir());
    let in_session = |folder: PathBuf| folder.join("lampfield").join(&name);
    // Under sudo there is no such variable, yet the bridge may be that of the user who called it.
    let owner = std::fs::metadata(state).map(|found| found.uid());
    let owners = owner.map(|uid| PathBuf::from(format!("/run/user/{uid}")));
    let places = [
        service,
        session.map(in_session),
        Some(state.join(&name)),
        owners.ok().map(in_session),
        Some(SERVICE_SOCKET.into()),
        Some(Path::new(SERVICE_SOCKET).with_file_name(&name)),
    ];
    let mut different = Vec::new();
    for place in places.into_iter().flatten() {
        if !different.contains(&place) {
            different.push(place);
        }
    }
    different
}

/// Where bridges of any tenant may be: those of services, of sessions, and of this configuration.
pub(crate) fn fleet_places(configs: &[Config], env: &Environment) -> Vec<PathBuf> {
    let services = folders("/run").filter(|folder| {
        let name = folder.file_name().unwrap_or_default().to_string_lossy();
        name == "lampfield" || name.starts_with("lampfield-")
    });
    let sessions = folders("/run/user").map(|folder| folder.join("lampfield"));
    let session = env
        .get("XDG_RUNTIME_DIR")
        .map(|it| Path::new(it).join("lampfield"));
    let found = services.chain(sessions).chain(session);
    let mut places: Vec<_> = found.flat_map(sockets).collect();
    for config in configs {
        let (found, none): (Vec<_>, Vec<_>) = places_of(config, env)
            .into_iter()
            .partition(|place| place.exists());
        let of_others = Path::new(SERVICE_SOCKET);
        // One of several tenants that does not run is what somebody looks for here.
        let missed = config.site.is_some() && found.iter().all(|place| place == of_others);
        places.extend(none.into_iter().filter(|_| missed).take(1));
        places.extend(found);
    }
    places.sort_unstable();
    places.dedup();
    places
}

fn folders(of: &str) -> impl Iterator<Item = PathBuf> {
    let entries = std::fs::read_dir(of).into_iter().flatten().flatten();
    entries.map(|entry| entry.path())
}

/// The sockets in a folder. One whose bridge is about to open it has another ending.
pub(super) fn sockets(folder: PathBuf) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let sockets = entries.map(|entry| entry.path());
    let mut sockets: Vec<_> = sockets
        .filter(|path| path.extension().is_some_and(|it| it == "sock"))
        .collect();
    sockets.sort_unstable();
    sockets
}
