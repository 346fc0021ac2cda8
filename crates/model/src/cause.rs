//! What went wrong, as a value: with its host, numbers, names and codes. Whoever decides something
//! by a failure asks for its [`Cause`]; the sentences are made from it, and nobody reads them.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::file_fault::{SignInFault, StorageFault};
use crate::scarce::Scarce;
use crate::source_fault::SourceFault;

/// What went wrong. Small, for it is kept with every failed write of a user's history.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// No value was given: the message is all that is known.
    Unexplained,

    // This machine.
    /// It has run out of something.
    Scarce(Scarce),
    /// A task of lampfield broke off: a defect of ours.
    BrokeOff,
    /// The ProCall source of lampfield broke off: a defect of ours.
    SourceBrokeOff,
    /// The settings do not make a request that can be sent.
    Settings,
    /// The file of a user's sign-in is not to be used.
    SignInFile(Arc<SignInFault>),
    /// The files of the ProCall source cannot be used: at least one of them.
    Files(Arc<[SourceFault]>),
    /// The log, the ledger or the recording is not kept on disk.
    Storage(Arc<StorageFault>),

    // The way to a server.
    /// This host's name does not resolve.
    NameResolution(Arc<str>),
    /// No connection to this host: refused, no route, reset while it was set up.
    Connection(Arc<str>),
    /// The connection to this host broke in the middle of an answer.
    ConnectionBroken(Arc<str>),
    /// The proxy wants a user name and password (407).
    ProxyCredentials,
    /// The server's certificate is not taken.
    Certificate {
        /// The server.
        host: Arc<str>,
        /// What is wrong with it.
        fault: CertificateFault,
        /// Whether certificates of one's own are configured already.
        given: bool,
    },
    /// The port of this host speaks no TLS.
    NoTls(Arc<str>),
    /// It does, but none that both sides take.
    NoCommonTls {
        /// The server.
        host: Arc<str>,
        /// What does not fit.
        fault: TlsFault,
    },
    /// This host did not answer in time.
    TimeOut(Arc<str>),

    // What came back.
    /// A page of a proxy, firewall or portal in the server's place.
    NotTheServer {
        /// The HTTP status.
        status: u16,
    },
    /// Larger than any answer that is expected.
    TooLarge {
        /// The limit, in MiB.
        mib: u32,
    },
    /// Cut off, or not readable.
    Damaged,
    /// Page followed page without an end.
    Endless,
    /// A redirect or link to another host, which does not get the token.
    ForeignHost(Arc<str>),

    // Entra.
    /// The sign-in is refused.
    Entra {
        /// The number after `AADSTS`; only for explanations, Microsoft may change them.
        code: u32,
    },
    /// The sign-in is refused without a number.
    EntraError {
        /// The `error` (RFC 6749 5.2), where it is a known one.
        error: Arc<str>,
    },
    /// The certificate's key does not sign any more.
    CannotSign,

    // Graph.
    /// The token is not taken (401), a new one neither.
    Token {
        /// How far this machine's clock is ahead of Microsoft's, in seconds, where it is off.
        clock_ahead: Option<i32>,
    },
    /// This permission is missing (403).
    Permission {
        /// Its name at Microsoft.
        name: Arc<str>,
        /// Of the user who signed in, rather than of the application.
        delegated: bool,
    },
    /// The user or session is not known (404).
    NotFound,
    /// The request is refused with this HTTP status.
    Refused {
        /// The HTTP status.
        status: u16,
    },
    /// Too many requests, or overloaded.
    Throttled {
        /// How long to wait, in seconds, where it is said.
        wait: Option<u32>,
    },
    /// Trouble at Microsoft, with this HTTP status where there is one.
    Server {
        /// The HTTP status.
        status: Option<u16>,
    },
    /// The change list does not reach back that far.
    Resync,
    /// The full list is so much shorter than before that it is doubted.
    Shrunk {
        /// Users in the list that is in force.
        before: u32,
        /// Users in the new one.
        now: u32,
    },
    /// It fails whenever this one user is asked for.
    OneUser,

    // UCServer.
    /// The log-in is refused with this `AsnLogonErrorEnum`.
    LogIn {
        /// The number.
        code: i64,
    },
    /// The login token is not taken any more.
    LoginToken,
    /// UCWeb takes no password: it offers other methods only.
    BasicOff {
        /// Their names.
        offers: Arc<str>,
    },
    /// No UCServer behind UCWeb under this ucsid.
    NotAttached,
    /// UCServer is busy.
    Busy {
        /// How long to wait, in seconds.
        wait: u64,
    },
    /// UCServer sends us to this host, which is not among the allowed ones.
    Redirected(Arc<str>),
    /// What answers at this host is no UCWeb.
    NotUcweb(Arc<str>),
    /// The WebSocket is refused.
    WebSocket,
    /// The administrator's account does not read the users.
    Administrator,
    /// There are no users: UCServer gives no list of them, or an empty one.
    UserList(UserListFault),
    /// UCServer did not answer this operation in time.
    Silent,
    /// UCServer has ended the session.
    SessionEnded,

    // The engine of a cluster.
    /// The engine (Redis, Valkey) does not take what it is asked.
    Engine(EngineFault),

    // Whoever is told of problems.
    /// What answers at the webhook does not take an alert.
    Webhook {
        /// The server.
        host: Arc<str>,
        /// The HTTP status.
        status: u16,
    },
    /// The program that is run for an alert does not do it.
    AlertProgram(ProgramFault),
}

/// Why UCServer tells of no users.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UserListFault {
    /// It refuses the list, or what it sends is none.
    Refused,
    /// No administrative monitor group is assigned to our account.
    NoMonitorGroup,
    /// The list is empty.
    Empty,
}

/// Why the engine of a cluster does not do its work, although it answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EngineFault {
    /// It does not take the user or the password.
    Password,
    /// This user may not do what is needed (ACL).
    Right,
    /// It is a replica, which writes nothing.
    ReadOnly,
    /// Its memory is full.
    Full,
    /// Anything else that it answers.
    Odd,
    /// It takes nobody from another machine (`protected-mode`).
    Protected,
    /// It has as many clients as it takes (`maxclients`).
    Clients,
    /// It has just been started, and reads its data.
    Loading,
    /// It cannot save its data, and therefore takes nothing in (`stop-writes-on-bgsave-error`).
    Disk,
    /// It has fewer replicas than it is told to have (`min-replicas-to-write`).
    Replicas,
    /// It is a part of a Redis Cluster.
    Cluster,
    /// It has no database of this number (`databases`).
    Database,
    /// The sentinels know no server of this name.
    UnknownName,
}

/// What is wrong with a program that is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProgramFault {
    /// It cannot be started: not there, or not to be run.
    NotStarted,
    /// It ended with this code.
    Code(i32),
    /// A signal has ended it.
    Killed,
    /// It did not end in time.
    TimeOut,
}

/// Why two sides find no TLS that both take.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TlsFault {
    /// The server speaks only versions before 1.2.
    OldVersion,
    /// Neither a cipher nor a kind of key is known to both.
    Ciphers,
    /// The server wants a certificate of whoever connects.
    ClientCertificate,
}

/// Why a server's certificate is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CertificateFault {
    /// Nobody whom we trust vouches for it.
    Unvouched,
    /// It is made out to another name.
    WrongName,
    /// It is not valid at this time.
    WrongTime,
    /// It is another one than the one that is pinned.
    NotPinned,
    /// Its key is too short for anything to be verified with it.
    WeakKey,
    /// Anything else.
    Other,
}

impl Cause {
    /// Whether a server was not reached, or answered nothing to the end.
    #[must_use]
    pub const fn is_unreachable(&self) -> bool {
        matches!(
            self,
            Self::Connection(_) | Self::ConnectionBroken(_) | Self::TimeOut(_)
        )
    }

    /// Whether it quotes what may be a person's name: see [`Cause::without_names`].
    #[must_use]
    pub const fn may_name_somebody(&self) -> bool {
        matches!(self, Self::Files(_))
    }

    /// The same without what may be a person's name: a file that is no list of users may begin with
    /// one of them. For what leaves the machine.
    #[must_use]
    pub fn without_names(&self) -> Self {
        match self {
            Self::Files(faults) => {
                Self::Files(faults.iter().map(SourceFault::without_names).collect())
            }
            other => other.clone(),
        }
    }

    /// The same without names and without paths, which may be those of somebody's home.
    #[must_use]
    pub fn without_paths(&self) -> Self {
        match self {
            Self::Files(faults) => Self::Files(
                faults
                    .iter()
                    .map(|fault| fault.without_names().without_path())
                    .collect(),
            ),
            Self::Storage(fault) => Self::Storage(Arc::new(StorageFault {
                path: "".into(),
                ..(**fault).clone()
            })),
            Self::SignInFile(fault) => Self::SignInFile(Arc::new(SignInFault {
                path: "".into(),
                ..(**fault).clone()
            })),
            other => other.clone(),
        }
    }
}

/// A name that does not resolve, so that the error can be told from one of a connection: what a
/// resolver returns has no type of its own.
#[derive(Debug, thiserror::Error)]
#[error("dns error")]
pub struct NotResolved(#[from] pub std::io::Error);

/// A cause with the English sentence for the log. The sentence is shown, never read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Trouble {
    /// What went wrong.
    pub cause: Cause,
    /// What failed, why, what to do. Harmless text without secrets.
    pub message: Arc<str>,
}

impl Trouble {
    /// `cause`, told like this.
    #[must_use]
    pub fn new(cause: Cause, message: impl Into<Arc<str>>) -> Self {
        Self {
            cause,
            message: message.into(),
        }
    }
}

impl Trouble {
    /// The same without what may be a person's name; of such a cause the sentence goes as well.
    #[must_use]
    pub fn without_names(&self) -> Self {
        if self.cause.may_name_somebody() {
            return Self::new(self.cause.without_names(), "");
        }
        self.clone()
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl From<&str> for Trouble {
    fn from(message: &str) -> Self {
        Self::new(Cause::Unexplained, message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source_fault::ListFault;

    #[test]
    fn what_leaves_the_machine_names_nobody() {
        let fault = SourceFault::Users {
            path: "/home/anna/users.csv".into(),
            why: ListFault::NoUserName {
                found: "anna@corp.example".into(),
            },
            kept: Some(3),
        };
        let cause = Cause::Files([fault].into());
        let told = serde_json::to_string(&cause.without_names()).unwrap();
        assert!(
            told.contains("users.csv") && !told.contains("anna@"),
            "{told}"
        );
        let told = serde_json::to_string(&cause.without_paths()).unwrap();
        assert!(!told.contains("anna"), "{told}");
    }

    #[test]
    fn a_cause_stays_small() {
        assert!(size_of::<Cause>() <= 24, "{}", size_of::<Cause>());
    }
}
