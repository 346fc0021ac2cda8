//! A request on its way to the handler that answers it.

use std::collections::BTreeSet;

use axum::body::Bytes;
use axum::http::HeaderMap;

use super::fault::{FaultKind, On};
use super::faults::Met;
use super::reply::{Reply, Trace};
use super::world::{World, allowed, roles_for};
use model::permission::USER_READ_BASIC;

/// A request on its way to the handler that answers it.
pub(super) struct Call<'a> {
    pub(super) world: &'a World,
    pub(super) endpoint: On,
    /// The user as named in the path; empty where there is none.
    pub(super) subject: &'a str,
    pub(super) query: Vec<(String, String)>,
    pub(super) raw_query: &'a str,
    pub(super) headers: &'a HeaderMap,
    pub(super) body: &'a Bytes,
    pub(super) trace: &'a Trace,
    pub(super) faults: &'a [Met],
}

impl Call<'_> {
    /// Graph's error object for this call.
    pub(super) fn error(&self, status: u16, code: &str, message: &str) -> Reply {
        Reply::error(status, code, message, self.trace)
    }

    /// Whether User.ReadBasic.All is all that the token may do with users.
    pub(super) fn sees_only_basics(&self) -> bool {
        let full = roles_for(On::Users).iter().copied();
        let full: Vec<_> = full.filter(|role| *role != USER_READ_BASIC).collect();
        self.granted()
            .is_ok_and(|granted| !allowed(&granted, &full))
    }

    /// A request header as text.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The first fault of these in force.
    pub(super) fn fault<'f, T>(&'f self, pick: impl Fn(&'f FaultKind) -> Option<T>) -> Option<T> {
        self.faults.iter().find_map(|met| pick(&met.kind))
    }

    /// The roles of the token that came with it, or why it is refused.
    pub(super) fn granted(&self) -> Result<BTreeSet<String>, &'static str> {
        let header = self.header("authorization").unwrap_or_default();
        let Some(text) = header.strip_prefix("Bearer ") else {
            return Err("Access token is empty.");
        };
        if self
            .fault(|kind| matches!(kind, FaultKind::TokenExpired).then_some(()))
            .is_some()
        {
            return Err("Lifetime validation failed, the token is expired.");
        }
        let now = self.world.clock.now();
        let identity = self.world.identity();
        identity
            .token(text, now)
            .map(|token| token.roles.clone())
            .ok_or("Lifetime validation failed, the token is expired.")
    }
}
