//! What the doctor says of the cluster's engine. Pure.

use std::time::Duration;

use engine::EngineError;
use words::Value;

use super::finding::{Finding, Words, say};

/// An engine that takes longer keeps calls from Teams.
const SLOW: Duration = Duration::from_millis(250);

/// How many leases it keeps, and how long the answer took.
#[must_use]
pub fn engine(host: &str, answer: &Result<usize, EngineError>, took: Duration) -> Finding {
    let leases = match answer {
        Ok(leases) => leases,
        Err(error) => {
            let cause = &error.trouble().cause;
            let (what, mut remedy) = Words::of_cause(cause);
            if cause.is_unreachable() {
                remedy = say(|t| t.engine.unreachable_do, &[]);
            }
            let what = say(|t| t.engine.failed, &[("host", &host), ("why", &what)]);
            return Finding::failed(what, remedy);
        }
    };
    let ms = took.as_millis();
    let values: [(&str, &dyn Value); 3] = [("host", &host), ("ms", &ms), ("leases", leases)];
    let answers = say(|t| t.engine.answers, &values);
    if took > SLOW {
        return Finding::warning(answers, say(|t| t.engine.slow_do, &[]));
    }
    Finding::ok(answers)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Status;

    #[test]
    fn an_engine_that_answers_late_is_a_warning() {
        let status = |ms| engine("db:6379", &Ok(3), Duration::from_millis(ms)).status;
        assert_eq!(status(4), Status::Ok);
        assert_eq!(status(400), Status::Warning);
    }
}
