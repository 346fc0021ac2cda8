//! Links and redirects that a server sends us after: they are followed only to where the token
//! may go, the very host that it is meant for.

use reqwest::Url;

use super::operation::Operation;
use super::refusal::named;
use super::wire::Answer;
use super::{Failure, FailureKind};
use model::cause::Cause;
use model::text::harmless_up_to;

/// Where a redirect leads, on the same host; nothing where `answer` is none.
pub(super) fn redirected(
    operation: Operation,
    from: &Url,
    answer: &Answer,
) -> Result<Option<Url>, Failure> {
    if !matches!(answer.status.as_u16(), 301 | 302 | 303 | 307 | 308) {
        return Ok(None);
    }
    let raw = answer.header("location").unwrap_or_default();
    let Ok(to) = from.join(raw) else {
        return Ok(None);
    };
    same_host(operation, from, &to).map_err(|failure| {
        let id = answer.request_id();
        let message = format!("{}{}", failure.message, named(id.as_ref()));
        Failure {
            message: message.into(),
            status: Some(answer.status.as_u16()),
            request_id: id,
            ..failure
        }
    })?;
    Ok(Some(to))
}

/// Where a link of the page at `from` leads, on the same host: it may be relative to that page, as `OData` allows. An
/// empty one leads nowhere, as none does.
pub(super) fn link(
    operation: Operation,
    from: &Url,
    raw: Option<&str>,
) -> Result<Option<Url>, Failure> {
    let Some(raw) = raw.filter(|raw| !raw.trim().is_empty()) else {
        return Ok(None);
    };
    let what = operation.words();
    let to = from.join(raw).map_err(|_| {
        let message = format!("Could not {what}: a link to more is no URL");
        Failure::new(FailureKind::Garbled, message).because(Cause::Damaged)
    })?;
    same_host(operation, from, &to)?;
    Ok(Some(to))
}

/// Refuses a link that leaves the host, the port or https.
fn same_host(operation: Operation, from: &Url, to: &Url) -> Result<(), Failure> {
    if from.origin() == to.origin() {
        return Ok(());
    }
    let what = operation.words();
    let here = from.origin().ascii_serialization();
    let there = harmless_up_to(&to.origin().ascii_serialization(), 80);
    Err(Failure::new(
        FailureKind::ForeignHost,
        format!(
            "Did not {what}: {here} sent us on to {there}. The token is not sent to another host. A proxy or portal in between, or a wrong authority or graph_base?"
        ),
    )
    .because(Cause::ForeignHost(there.into())))
}
