//! What a client may ask for: permissions of one resource, Graph, by any of the names that
//! Microsoft's libraries give it.

use std::collections::BTreeSet;

use model::permission::{PRESENCE_READ, USER_READ_BASIC};

/// Graph as Microsoft's clients name it: its address, and its application id, which is the same in
/// every tenant. (Our own origin is the third name.)
const GRAPH: [&str; 2] = [
    "https://graph.microsoft.com",
    "00000003-0000-0000-c000-000000000000",
];
/// Scopes that are no permission of Graph. MSAL for Java and for Go add them to every request.
const OF_OPENID: [&str; 4] = ["openid", "profile", "offline_access", "email"];
/// What `.default` stands for where a user signs in: the delegated permissions of the registration.
const DELEGATED: [&str; 2] = [PRESENCE_READ, USER_READ_BASIC];

/// An application asks for exactly one resource, Graph, and `/.default`; else the AADSTS code.
pub(super) fn of_application(origin: &str, asked: &str) -> Result<(), u32> {
    let mut scopes = permissions(asked);
    let (Some(scope), None) = (scopes.next(), scopes.next()) else {
        return Err(if permissions(asked).next().is_none() {
            70_011
        } else {
            28_002
        });
    };
    let resource = scope.strip_suffix("/.default").ok_or(70_011_u32)?;
    if is_graph(origin, resource) {
        return Ok(());
    }
    Err(500_011)
}

/// The permissions that a user is asked for; foreign ones are refused. A bare name is Graph's.
pub(super) fn of_user(origin: &str, asked: &str) -> Result<BTreeSet<String>, u32> {
    let mut scopes = BTreeSet::new();
    for scope in permissions(asked) {
        let name = match scope.rsplit_once('/') {
            None => scope,
            Some((resource, name)) if is_graph(origin, resource) => name,
            Some(_) => return Err(70_011),
        };
        if name == ".default" {
            scopes.extend(DELEGATED.map(str::to_owned));
        } else {
            scopes.insert(name.to_owned());
        }
    }
    Ok(scopes)
}

fn permissions(asked: &str) -> impl Iterator<Item = &str> {
    let scopes = asked.split_whitespace();
    scopes.filter(|scope| !OF_OPENID.contains(scope))
}

/// Entra takes the address with a slash at its end as well: `https://graph.microsoft.com//.default`.
fn is_graph(origin: &str, resource: &str) -> bool {
    let resource = resource.strip_suffix('/').unwrap_or(resource);
    GRAPH
        .iter()
        .chain([&origin])
        .any(|name| name.eq_ignore_ascii_case(resource))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    const ORIGIN: &str = "http://127.0.0.1:4242";

    #[rstest]
    #[case::our_own("http://127.0.0.1:4242/.default", Ok(()))]
    #[case::azure_identity("https://graph.microsoft.com/.default", Ok(()))]
    #[case::application_id("00000003-0000-0000-c000-000000000000/.default", Ok(()))]
    #[case::in_capitals("https://Graph.Microsoft.com/.default", Ok(()))]
    // AzureAD/microsoft-authentication-library-for-dotnet#747: a resource with its slash.
    #[case::two_slashes("https://graph.microsoft.com//.default", Ok(()))]
    #[case::msal_for_java("openid profile offline_access https://graph.microsoft.com/.default", Ok(()))]
    #[case::another_cloud("https://graph.microsoft.us/.default", Err(500_011))]
    #[case::another_host("https://graph.microsoft.com.evil.example/.default", Err(500_011))]
    #[case::another_application("00000002-0000-0000-c000-000000000000/.default", Err(500_011))]
    #[case::no_default("https://graph.microsoft.com/User.Read.All", Err(70_011))]
    #[case::a_bare_permission("User.Read", Err(70_011))]
    #[case::only_openid("openid profile", Err(70_011))]
    #[case::two(
        "https://graph.microsoft.com/.default http://127.0.0.1:4242/.default",
        Err(28_002)
    )]
    fn an_application_names_graph_as_it_likes(
        #[case] asked: &str,
        #[case] expected: Result<(), u32>,
    ) {
        assert_eq!(of_application(ORIGIN, asked), expected);
    }

    #[rstest]
    #[case(
        "http://127.0.0.1:4242/Presence.Read.All openid",
        Ok("Presence.Read.All")
    )]
    #[case(
        "https://graph.microsoft.com/User.Read offline_access",
        Ok("User.Read")
    )]
    #[case("Presence.Read.All", Ok("Presence.Read.All"))]
    #[case(
        "https://graph.microsoft.com/.default",
        Ok("Presence.Read.All User.ReadBasic.All")
    )]
    #[case("openid", Ok(""))]
    #[case("https://vault.azure.net/user_impersonation", Err(70_011))]
    fn a_user_is_asked_for_permissions(#[case] asked: &str, #[case] expected: Result<&str, u32>) {
        let scopes = of_user(ORIGIN, asked);
        let spelt = scopes.map(|scopes| scopes.into_iter().collect::<Vec<_>>().join(" "));
        assert_eq!(spelt, expected.map(str::to_owned));
    }
}
