//! Which check is made by what.

use lampfield::doctor::{CheckName, Finding};

use super::context::CheckContext;
use super::{disk, network};

impl CheckContext<'_> {
    /// Makes one check; every check but the write.
    pub(super) async fn check(&mut self, name: CheckName) -> Finding {
        match name {
            CheckName::Configuration => self.configuration(),
            CheckName::Credential => self.credential(),
            CheckName::Dns => network::names(self).await,
            CheckName::Connection => {
                let (finding, skew) = network::connections(self).await;
                self.skew = skew;
                finding
            }
            CheckName::Clock => lampfield::doctor::clock(self.skew),
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
