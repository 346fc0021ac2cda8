//! Which checks there are: one row each, in their order.

use std::pin::Pin;

use super::ask::CheckContext;
use super::finding::{Finding, Words, say};
use crate::config::{Config, DoctorArgs, Procall, ReadWith};
use words::DoctorTexts;

/// What is asked: a finding, as soon as there is one.
type Asked<'a> = Pin<Box<dyn Future<Output = Finding> + 'a>>;

/// One check.
struct Row {
    name: CheckName,
    /// Its name in JSON.
    key: &'static str,
    /// Its name for people.
    title: fn(&'static DoctorTexts) -> &'static str,
    /// What it makes no sense without: whatever stands here comes before it.
    needs: &'static [CheckName],
    /// Whether it is made for this configuration.
    applies: fn(&Config, &DoctorArgs) -> bool,
    /// How it is made.
    ask: for<'a, 'c> fn(&'a mut CheckContext<'c>) -> Asked<'a>,
}

macro_rules! checks {
    ($($(#[$about:meta])* $name:ident $key:ident needs [$($need:ident),*] if $applies:expr => $ask:expr;)*) => {
        /// What the doctor checks, one at a time.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum CheckName {
            $($(#[$about])* $name,)*
        }

        const ROWS: &[Row] = &[$(Row {
            name: CheckName::$name,
            key: stringify!($key),
            title: |t| &t.checks.$key,
            needs: &[$(CheckName::$need),*],
            applies: $applies,
            ask: $ask,
        }),*];
    };
}

checks! {
    /// The file, read and checked.
    Configuration configuration needs [] if always => |c| Box::pin(async { c.configuration() });
    /// The bridge that runs already.
    Bridge bridge needs [Configuration] if may_be_attached => |c| Box::pin(async { c.bridge().await });
    /// The secret or certificate, as far as it shows by itself.
    Credential credential needs [Configuration] if always => |c| Box::pin(async { c.credential() });
    /// Names of Entra and Graph.
    Dns dns needs [Configuration] if always => |c| Box::pin(async { c.names().await });
    /// TCP, TLS, proxy.
    Connection connection needs [Dns] if always => |c| Box::pin(async { c.connections().await });
    /// Ours against theirs.
    Clock clock needs [Connection] if always => |c| Box::pin(async { c.clock() });
    /// The application signs in.
    Token token needs [Credential, Connection] if always => |c| Box::pin(async { c.token().await });
    /// Granted against required.
    Permissions permissions needs [Token] if always => |c| Box::pin(async { c.permissions() });
    /// The delegated sign-in, where presence is read with it.
    SignIn sign_in needs [Connection] if reads_as_user => |c| Box::pin(async { c.sign_in().await });
    /// Graph lists the users of Entra.
    Directory directory needs [Token] if always => |c| Box::pin(async { c.directory().await });
    /// UCWeb answers with its version.
    UcServer ucserver needs [Configuration] if asks_ucserver => |c| Box::pin(async { c.ucserver_version().await });
    /// UCServer lets us in.
    UcLogIn ucserver_login needs [UcServer] if asks_ucserver => |c| Box::pin(async { c.ucserver_log_in().await });
    /// The ProCall source lists its users.
    Users procall_users needs [Configuration, UcLogIn] if always => |c| Box::pin(async { c.users().await });
    /// UCServer shows their presence.
    Subscription subscription needs [Users] if asks_ucserver => |c| Box::pin(async { c.subscription() });
    /// What our account may see.
    Rights rights needs [Users] if asks_ucserver => |c| Box::pin(async { c.rights() });
    /// estos' own Teams integration.
    NativeTeams native_teams needs [Users] if asks_ucserver => |c| Box::pin(async { c.native_teams() });
    /// Who matches whom.
    Coverage coverage needs [Directory, Users] if always => |c| Box::pin(async { c.coverage() });
    /// One presence read.
    Presence presence needs [Token, SignIn, Directory] if always => |c| Box::pin(async { c.presence().await });
    /// Where the leases are kept.
    State state needs [Configuration] if always => |c| Box::pin(async { c.state().await });
    /// The cluster's engine answers.
    Engine engine needs [Configuration] if has_engine => |c| Box::pin(async { c.engine().await });
    /// Where the log is written.
    Log log needs [Configuration] if always => |c| Box::pin(async { c.log().await });
    /// One set, read-back and clear.
    Write write needs [Presence, State] if writes => |c| Box::pin(async { c.try_a_write().await });
}

const fn always(_: &Config, _: &DoctorArgs) -> bool {
    true
}

/// The demo has no bridge but its own.
const fn may_be_attached(config: &Config, args: &DoctorArgs) -> bool {
    config.file.is_some() || args.socket.is_some()
}

fn reads_as_user(config: &Config, _: &DoctorArgs) -> bool {
    config.tenant.read_with == ReadWith::Delegated
}

const fn asks_ucserver(config: &Config, _: &DoctorArgs) -> bool {
    matches!(config.procall, Procall::UcServer(_))
}

const fn has_engine(config: &Config, _: &DoctorArgs) -> bool {
    config.cluster.is_some()
}

const fn writes(_: &Config, args: &DoctorArgs) -> bool {
    args.write
}

/// The checks for this configuration, in their order.
pub(crate) fn plan(config: &Config, args: &DoctorArgs) -> Vec<CheckName> {
    let applies = |row: &&Row| (row.applies)(config, args);
    ROWS.iter().filter(applies).map(|row| row.name).collect()
}

impl CheckContext<'_> {
    /// Makes one check.
    pub(crate) async fn check(&mut self, name: CheckName) -> Finding {
        (name.row().ask)(self).await
    }
}

impl CheckName {
    /// The name in JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.row().key
    }

    /// The name for people.
    #[must_use]
    pub fn title(self) -> Words {
        say(self.row().title, &[])
    }

    /// What it makes no sense without.
    pub(super) fn needs(self) -> &'static [Self] {
        self.row().needs
    }

    /// All of them.
    pub(super) fn all() -> impl Iterator<Item = Self> {
        ROWS.iter().map(|row| row.name)
    }

    fn row(self) -> &'static Row {
        // The names are the rows' own, in the same order.
        #[allow(clippy::indexing_slicing)]
        &ROWS[self as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_check_needs_only_what_comes_before_it() {
        let order: Vec<_> = CheckName::all().collect();
        for (at, name) in order.iter().enumerate() {
            assert!(!name.as_str().is_empty());
            assert_eq!(name.row().name, *name);
            for need in name.needs() {
                assert!(order[..at].contains(need), "{name:?} needs {need:?}");
            }
        }
    }
}
