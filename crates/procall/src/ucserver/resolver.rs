//! Names made addresses by the system, as the HTTP client would by itself, but with an error that
//! can be told from one of the connection.

use model::cause::NotResolved;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

/// The system's own resolver.
pub(crate) struct Resolver;

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            // The client puts the port in the place of this one.
            let found = tokio::net::lookup_host((name.as_str(), 0)).await;
            let found: Vec<_> = found.map_err(NotResolved)?.collect();
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}
