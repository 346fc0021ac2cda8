//! Which check is made by what.

use crate::config::{Config, DoctorArgs, Procall, ReadWith};
use crate::doctor::{CheckName, Finding};

use super::context::CheckContext;
use super::{disk, network};

/// The checks for this configuration, in their order.
pub(crate) fn plan(config: &Config, args: &DoctorArgs) -> Vec<CheckName> {
    use CheckName as C;
    let mut plan = vec![
        C::Configuration,
        C::Credential,
        C::Dns,
        C::Connection,
        C::Clock,
        C::Token,
        C::Permissions,
    ];
    if config.tenant.read_with == ReadWith::Delegated {
        plan.push(C::SignIn);
    }
    plan.push(C::Directory);
    match config.procall {
        Procall::File(_) => plan.push(C::Users),
        Procall::UcServer(_) => plan.extend([
            C::UcServer,
            C::UcLogIn,
            C::Users,
            C::Subscription,
            C::Rights,
            C::NativeTeams,
        ]),
    }
    plan.extend([C::Coverage, C::Presence, C::State, C::Log]);
    if args.write {
        plan.push(C::Write);
    }
    plan
}

impl CheckContext<'_> {
    /// Makes one check; every check but the write.
    pub(crate) async fn check(&mut self, name: CheckName) -> Finding {
        match name {
            CheckName::Configuration => self.configuration(),
            CheckName::Credential => self.credential(),
            CheckName::Dns => network::names(self).await,
            CheckName::Connection => {
                let (finding, skew) = network::connections(self).await;
                self.skew = skew;
                finding
            }
            CheckName::Clock => crate::doctor::clock(self.skew),
            CheckName::Token => self.token().await,
            CheckName::Permissions => self.permissions(),
            CheckName::SignIn => self.sign_in().await,
            CheckName::Directory => self.directory().await,
            CheckName::Users => self.users().await,
            CheckName::Coverage => self.coverage(),
            CheckName::Presence => self.presence().await,
            CheckName::State => disk::state(self).await,
            CheckName::Log => disk::log(&self.config.log.directory).await,
            other => self.of_ucserver(other).await,
        }
    }
}
