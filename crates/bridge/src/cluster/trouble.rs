//! Why the engine does not do its work, where it has not said so itself.

use std::sync::Arc;

use model::cause::{Cause, Trouble};

/// It does not answer at all.
pub(super) fn silent(host: &Arc<str>) -> Trouble {
    let message = format!("the engine {host} does not answer");
    Trouble::new(Cause::TimeOut(Arc::clone(host)), message)
}
