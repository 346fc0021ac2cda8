//! Which call a request is.

use axum::http::Method;

use super::fault::On;
use super::query::segment;

/// A request's place in Graph and Entra.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Route {
    pub(super) endpoint: On,
    /// The user as named in the path; the tenant for a token.
    pub(super) subject: Option<String>,
}

impl Route {
    fn new(endpoint: On, subject: Option<&str>) -> Self {
        Self {
            endpoint,
            subject: subject.map(segment),
        }
    }

    /// The place of `path`; [`On::Other`] when there is none.
    pub(super) fn parse(method: &Method, path: &str) -> Self {
        let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
        match parts.as_slice() {
            [tenant, "oauth2", "v2.0", "token"] if method == Method::POST => {
                Self::new(On::Token, Some(tenant))
            }
            [tenant, "oauth2", "v2.0", "devicecode"] if method == Method::POST => {
                Self::new(On::DeviceCode, Some(tenant))
            }
            ["v1.0", rest @ ..] => Self::of_graph(method, rest),
            _ => Self::new(On::Other, None),
        }
    }

    fn of_graph(method: &Method, parts: &[&str]) -> Self {
        let (get, post) = (method == Method::GET, method == Method::POST);
        let other = Self::new(On::Other, None);
        match parts {
            ["users"] if get => Self::new(On::Users, None),
            ["users", "$count" | "%24count"] if get => Self::new(On::UsersCount, None),
            ["users", "delta" | "delta()" | "microsoft.graph.delta()"] if get => {
                Self::new(On::Delta, None)
            }
            ["users", user] if get => Self::new(On::User, Some(user)),
            ["users", user, "presence"] | ["communications", "presences", user] if get => {
                Self::new(On::OnePresence, Some(user))
            }
            ["communications", "getPresencesByUserId"] if post => Self::new(On::Presences, None),
            ["users", user, "presence", action] | ["communications", "presences", user, action]
                if post =>
            {
                action_of(action).map_or(other, |endpoint| Self::new(endpoint, Some(user)))
            }
            _ => other,
        }
    }
}

fn action_of(name: &str) -> Option<On> {
    match name.strip_prefix("microsoft.graph.").unwrap_or(name) {
        "setPresence" => Some(On::Set),
        "clearPresence" => Some(On::Clear),
        "setUserPreferredPresence" => Some(On::Prefer),
        "clearUserPreferredPresence" => Some(On::Unprefer),
        "setStatusMessage" => Some(On::StatusMessage),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("POST", "/t/oauth2/v2.0/token", On::Token, Some("t"))]
    #[case("POST", "/t/oauth2/v2.0/devicecode", On::DeviceCode, Some("t"))]
    #[case("GET", "/v1.0/users", On::Users, None)]
    #[case("GET", "/v1.0/users/$count", On::UsersCount, None)]
    #[case("GET", "/v1.0/users/delta()", On::Delta, None)]
    #[case("GET", "/v1.0/users/a%40b", On::User, Some("a@b"))]
    #[case("GET", "/v1.0/users/1/presence", On::OnePresence, Some("1"))]
    #[case("GET", "/v1.0/communications/presences/1", On::OnePresence, Some("1"))]
    #[case(
        "POST",
        "/v1.0/communications/getPresencesByUserId",
        On::Presences,
        None
    )]
    #[case("POST", "/v1.0/users/1/presence/setPresence", On::Set, Some("1"))]
    #[case(
        "POST",
        "/v1.0/users/1/presence/microsoft.graph.clearPresence",
        On::Clear,
        Some("1")
    )]
    #[case("GET", "/v1.0/users/1/presence/setPresence", On::Other, None)]
    #[case("GET", "/beta/users", On::Other, None)]
    #[case("GET", "/v1.0/me/presence", On::Other, None)]
    fn every_path_has_its_place(
        #[case] method: &str,
        #[case] path: &str,
        #[case] endpoint: On,
        #[case] subject: Option<&str>,
    ) {
        let route = Route::parse(&method.parse().unwrap(), path);
        assert_eq!(
            (route.endpoint, route.subject.as_deref()),
            (endpoint, subject)
        );
    }
}
