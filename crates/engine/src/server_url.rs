//! Where the engine is: one server, or the sentinels that know it.

use std::fmt;
use std::str::FromStr;

use url::Url;

/// Redis' own port.
const PORT: u16 = 6379;

/// The port of its sentinels.
const SENTINEL_PORT: u16 = 26379;

/// `redis://user@host:6379/0`, `rediss://…` with TLS, or `redis+sentinel://host1,host2/NAME/0`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerUrl {
    /// Whether with TLS.
    pub(crate) tls: bool,
    /// The server, or its sentinels.
    pub(crate) hosts: Vec<(String, u16)>,
    /// What the sentinels call the server.
    pub(crate) sentinel_name: Option<String>,
    /// Who logs in.
    pub(crate) user: Option<String>,
    /// The number of the database.
    pub(crate) database: u8,
}

/// Why a text is no such URL. Never repeats it: somebody may have written a password into it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UrlError {
    /// It has a password in it.
    #[error("a URL with a password in it")]
    Password,
    /// Anything else.
    #[error("no URL of a Redis or Valkey")]
    Other,
}

impl FromStr for ServerUrl {
    type Err = UrlError;

    fn from_str(text: &str) -> Result<Self, UrlError> {
        let (scheme, rest) = text.trim().split_once("://").ok_or(UrlError::Other)?;
        let (tls, by_sentinel) = match scheme {
            "redis" | "valkey" => (false, false),
            "rediss" | "valkeys" => (true, false),
            "redis+sentinel" => (false, true),
            "rediss+sentinel" => (true, true),
            _ => return Err(UrlError::Other),
        };
        // Looked for in all of it: a password may have any character in it, a slash too.
        if rest
            .rsplit_once('@')
            .is_some_and(|(login, _)| login.contains(':'))
        {
            return Err(UrlError::Password);
        }
        let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
        let (user, hosts) = match authority.rsplit_once('@') {
            Some((user, hosts)) => (Some(user.to_owned()), hosts),
            None => (None, authority),
        };
        let port = if by_sentinel { SENTINEL_PORT } else { PORT };
        let hosts: Vec<_> = hosts
            .split(',')
            .map(|host| host_and_port(host, port))
            .collect::<Result<_, _>>()?;
        if hosts.len() > 1 && !by_sentinel {
            return Err(UrlError::Other);
        }
        let (sentinel_name, database) = if by_sentinel {
            let (name, database) = path.split_once('/').unwrap_or((path, ""));
            (Some(name.to_owned()), database)
        } else {
            (None, path)
        };
        if sentinel_name.as_ref().is_some_and(String::is_empty) || user.as_deref() == Some("") {
            return Err(UrlError::Other);
        }
        Ok(Self {
            tls,
            hosts,
            sentinel_name,
            user,
            database: database_of(database)?,
        })
    }
}

fn host_and_port(text: &str, port: u16) -> Result<(String, u16), UrlError> {
    // The rules for hosts and ports, brackets included, are those of any URL.
    let url = Url::parse(&format!("redis://{text}")).map_err(|_| UrlError::Other)?;
    let host = url.host_str().filter(|host| !host.is_empty());
    let is_bare = url.path().is_empty() && url.query().is_none() && url.fragment().is_none();
    match host {
        Some(host) if is_bare => {
            let bare = host.trim_start_matches('[').trim_end_matches(']');
            Ok((bare.to_owned(), url.port().unwrap_or(port)))
        }
        _ => Err(UrlError::Other),
    }
}

fn database_of(text: &str) -> Result<u8, UrlError> {
    match text {
        "" => Ok(0),
        number => number.parse().map_err(|_| UrlError::Other),
    }
}

/// For messages: hosts and database, no user.
impl fmt::Display for ServerUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, (host, port)) in self.hosts.iter().enumerate() {
            let comma = if at == 0 { "" } else { "," };
            write!(f, "{comma}{host}:{port}")?;
        }
        match &self.sentinel_name {
            Some(name) => write!(f, "/{name}/{}", self.database),
            None => write!(f, "/{}", self.database),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_administrators_write_is_understood() {
        for (text, shown, user, tls) in [
            ("redis://10.0.0.1", "10.0.0.1:6379/0", None, false),
            (
                "rediss://redis.example:7000/3",
                "redis.example:7000/3",
                None,
                true,
            ),
            ("redis://lamp@[::1]:1/0", "::1:1/0", Some("lamp"), false),
            ("valkey://localhost/", "localhost:6379/0", None, false),
            (
                "redis+sentinel://a,b:1,[::2]/mymaster/2",
                "a:26379,b:1,::2:26379/mymaster/2",
                None,
                false,
            ),
        ] {
            let url: ServerUrl = text.parse().unwrap();
            assert_eq!(url.to_string(), shown);
            assert_eq!((url.user.as_deref(), url.tls), (user, tls));
        }
    }

    #[test]
    fn nothing_else_is() {
        for text in [
            "",
            "redis",
            "http://a",
            "redis://",
            "redis://a,b",
            "redis://a/x",
            "redis://a/300",
            "redis://@a",
            "redis://a:99999",
            "redis://a?x=1",
            "redis+sentinel://a",
            "redis+sentinel://a//0",
        ] {
            assert_eq!(text.parse::<ServerUrl>(), Err(UrlError::Other), "{text}");
        }
        for text in [
            "redis://:pw@a",
            "redis://u:pw@a/0",
            "redis+sentinel://u:p@a/n/0",
            "redis://u:p/w@a/0",
            "redis://u:p?w#@a",
        ] {
            assert_eq!(text.parse::<ServerUrl>(), Err(UrlError::Password), "{text}");
        }
    }
}
