//! The line between the simulated telephones and the simulated UCServer: what happens on one
//! shows on the other.

use std::collections::BTreeMap;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use jiff::Timestamp;
use tokio::sync::broadcast::error::RecvError;
use tokio::task::JoinHandle;

use super::pbx::PbxEvent;
use super::script::{PbxKind, PbxState};
use super::ucserver::{
    CallId, ManualPresence, Medium, SimulatedUcServer, SimulatedUser, UcServerScene,
    UcServerVersion,
};
use super::world::World;
use model::clock::{Clock, Reached};

/// The account of the simulated UCServer, and its password: no secret, it opens nothing else.
pub const UCSERVER_ACCOUNT: (&str, &str) = ("lampfield", "simulated-password");

/// Its administrator, and the password.
pub const UCSERVER_ADMIN: (&str, &str) = ("admin", "simulated-admin-password");

/// The UCServer of a tenant, and the task that keeps it true; both end when this is dropped.
pub(super) struct Switchboard {
    url: String,
    server: Arc<SimulatedUcServer>,
    task: JoinHandle<()>,
}

impl std::fmt::Debug for Switchboard {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Switchboard({})", self.url)
    }
}

impl Drop for Switchboard {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Switchboard {
    /// Opens a UCServer with the tenant's users on 127.0.0.1 (port 0: any free one), with
    /// [`UCSERVER_ACCOUNT`] and [`UCSERVER_ADMIN`].
    ///
    /// # Errors
    /// When the port cannot be listened on.
    pub(super) async fn open(
        world: &Arc<World>,
        port: u16,
        version: UcServerVersion,
    ) -> io::Result<Self> {
        let scene = UcServerScene {
            bind: SocketAddr::from((Ipv4Addr::LOCALHOST, port)),
            accounts: vec![owned(UCSERVER_ACCOUNT)],
            admin: Some(owned(UCSERVER_ADMIN)),
            version,
            ..UcServerScene::new(users(world))
        };
        let clock = Arc::new(TenantClock(Arc::clone(world)));
        let server = Arc::new(SimulatedUcServer::start(scene, clock).await?);
        // A world has one.
        let _ = world.ucserver.set(Arc::downgrade(&server));
        let task = tokio::spawn(carry(Arc::clone(world), Arc::clone(&server)));
        Ok(Self {
            url: server.url(),
            server,
            task,
        })
    }

    /// Where it is.
    pub(super) fn url(&self) -> &str {
        &self.url
    }

    /// The hand on it, for faults.
    pub(super) fn server(&self) -> &Arc<SimulatedUcServer> {
        &self.server
    }
}

fn owned((user, password): (&str, &str)) -> (String, String) {
    (user.to_owned(), password.to_owned())
}

/// Two users with one name have two contacts, as on a real server after a clumsy import.
fn users(world: &World) -> Vec<SimulatedUser> {
    let mut seen = BTreeMap::<String, usize>::new();
    let people = world.people();
    let users = people.iter().map(|person| {
        let user = SimulatedUser::new(&person.user_name, &person.display_name, &person.phone);
        let namesakes = seen.entry(person.user_name.to_lowercase()).or_default();
        *namesakes += 1;
        match *namesakes {
            1 => user,
            n => SimulatedUser {
                sip_uri: format!("sip:{n}.{}", person.user_name),
                ..user
            },
        }
    });
    users.collect()
}

/// The tenant's time, for the UCServer's own deadlines.
pub(super) struct TenantClock(pub(super) Arc<World>);

impl Clock for TenantClock {
    fn now(&self) -> Timestamp {
        self.0.clock.now()
    }

    fn reach(&self, at: Timestamp) -> Reached<'_> {
        Box::pin(self.0.clock.reach(at))
    }
}

async fn carry(world: Arc<World>, server: Arc<SimulatedUcServer>) {
    let mut lines = Lines {
        server,
        calls: BTreeMap::new(),
    };
    let mut events = world.pbx.subscribe();
    for call in world.pbx.calls() {
        lines.take(&call);
    }
    loop {
        match events.recv().await {
            Ok(event) => lines.take(&event),
            // What was missed ends sooner or later; the calls that last are all there is to know.
            Err(RecvError::Lagged(_)) => world.pbx.calls().iter().for_each(|call| lines.take(call)),
            Err(RecvError::Closed) => return,
        }
    }
}

/// Which call of the telephones is which call of the server.
struct Lines {
    server: Arc<SimulatedUcServer>,
    calls: BTreeMap<u64, CallId>,
}

impl Lines {
    fn take(&mut self, event: &PbxEvent) {
        match medium(event.kind) {
            Some(medium) => self.call(event, medium),
            None if event.kind == PbxKind::Meeting => self.meeting(event),
            None => self
                .server
                .set_manual(&event.user_name, manual(event.state)),
        }
    }

    fn call(&mut self, event: &PbxEvent, medium: Medium) {
        if event.state == PbxState::Ended {
            if let Some(call) = self.calls.remove(&event.call_id) {
                self.server.end_call(&call);
            }
            return;
        }
        let server = &self.server;
        let call = self
            .calls
            .entry(event.call_id)
            .or_insert_with(|| server.start_call(&event.user_name, medium, false));
        if event.state == PbxState::Connected {
            server.answer(call);
        }
    }

    fn meeting(&self, event: &PbxEvent) {
        match event.state {
            PbxState::Connected => self.server.set_meeting(&event.user_name, true),
            PbxState::Ended => self.server.set_meeting(&event.user_name, false),
            _ => {}
        }
    }
}

const fn medium(kind: PbxKind) -> Option<Medium> {
    match kind {
        PbxKind::Tapi => Some(Medium::Tapi),
        PbxKind::Softphone => Some(Medium::Softphone),
        PbxKind::AvChat => Some(Medium::AvChat),
        PbxKind::Meeting | PbxKind::Manual => None,
    }
}

/// `eAbsentState`: 1 absent, 2 busy, 3 do not disturb; nothing is present.
fn manual(state: PbxState) -> Option<ManualPresence> {
    let state = match state {
        PbxState::Absent => 1,
        PbxState::Busy => 2,
        PbxState::DoNotDisturb => 3,
        _ => return None,
    };
    Some(ManualPresence { state, until: None })
}
