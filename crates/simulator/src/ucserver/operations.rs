//! What the simulated server answers to each operation: found, read as strictly as estos' own
//! decoder does it, done, and written in the spelling of its name.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::catalogue::{Operation, Task, find};
use super::grammar;
use super::presence::{Spelling, add};
use super::reply::{MISTYPED, NO_SESSION, UNKNOWN, UcReply};
use super::version::Generation;
use super::world::UcWorld;
use super::{absent, admin, lines, own, subscribe};

/// A request, or an event of a client.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked<'a> {
    /// The session it came in.
    pub(super) session: &'a str,
    /// `operationID`; 0 where only a name was given.
    pub(super) id: u64,
    pub(super) name: &'a str,
    pub(super) argument: &'a Value,
    pub(super) now: Timestamp,
}

/// Answers one request of a session.
pub(super) fn answer(world: &mut UcWorld, asked: Asked<'_>) -> UcReply {
    world.expire(asked.now);
    if !is_valid(world, asked.session) {
        return UcReply::Reject(NO_SESSION, "invalid session id".to_owned());
    }
    let Some(operation) = known(world, asked) else {
        world.counts.unknown_operations += 1;
        return UcReply::Reject(UNKNOWN, "unrecognized operation".to_owned());
    };
    if operation.task.is_event() {
        world.violation(operation.name, "is an event: its invokeID is 99999");
        happen(world, operation, asked);
        return UcReply::Nothing;
    }
    if let Err(why) = grammar::check(operation.argument, asked.argument, world.faults.times) {
        world.counts.bad_arguments += 1;
        world.violation(operation.name, &why);
        return UcReply::Reject(MISTYPED, why);
    }
    let spelling = Spelling {
        generation: operation.generation,
        times: world.faults.times,
    };
    match perform(world, operation.task, asked, spelling) {
        UcReply::Result(result) => UcReply::Result(written(world, operation, result)),
        other => other,
    }
}

/// A call without an envelope: an event is just a call, and the result does not say its type.
pub(super) fn answer_over_http(world: &mut UcWorld, asked: Asked<'_>) -> UcReply {
    if known(world, asked).is_some_and(|operation| operation.task.is_event()) {
        event(world, asked);
        return UcReply::Nothing;
    }
    let mut reply = answer(world, asked);
    if let UcReply::Result(Value::Object(result)) = &mut reply {
        result.remove("_type");
    }
    reply
}

/// An event of the client; it is not answered.
pub(super) fn event(world: &mut UcWorld, asked: Asked<'_>) {
    if !is_valid(world, asked.session) {
        return;
    }
    match known(world, asked) {
        Some(operation) if operation.task.is_event() => {
            let read = grammar::check(operation.argument, asked.argument, world.faults.times);
            match read {
                Ok(()) => happen(world, operation, asked),
                Err(why) => world.violation(operation.name, &why),
            }
        }
        Some(operation) => world.violation(operation.name, "is no event: invokeID 99999 is"),
        None => world.counts.unknown_operations += 1,
    }
}

fn is_valid(world: &UcWorld, session: &str) -> bool {
    world.sessions.get(session).is_some_and(|s| s.valid)
}

fn known(world: &UcWorld, asked: Asked<'_>) -> Option<&'static Operation> {
    let found = find(world.version(), asked.id, asked.name)?;
    let refused = found.task == Task::AdminLogin && world.faults.no_admin_interface;
    (!refused).then_some(found)
}

fn happen(world: &mut UcWorld, operation: &Operation, asked: Asked<'_>) {
    if operation.task == Task::KeepAlive {
        world.counts.keep_alives += 1;
        return;
    }
    world.counts.log_offs += 1;
    if let Some(session) = world.sessions.get_mut(asked.session) {
        session.valid = false;
    }
}

fn perform(world: &mut UcWorld, task: Task, asked: Asked<'_>, spelling: Spelling) -> UcReply {
    let Asked {
        session,
        argument,
        now,
        ..
    } = asked;
    match task {
        Task::OwnContact => own::contact(world, session, spelling),
        Task::Token => own::token(world, session, argument),
        Task::VerifyToken => own::verify(world, argument, spelling),
        Task::AdminLogin => admin::log_in(world, session, argument),
        Task::Profiles => admin::only(world, session, admin::profiles),
        Task::Profile => admin::only(world, session, |world| admin::profile_of(world, argument)),
        Task::FindUsers => admin::only(world, session, admin::find_users),
        Task::MonitorContent => admin::groups(world, session, argument),
        Task::ForgetMonitorContent => admin::forget_groups(world, session),
        Task::Subscribe => subscribe::subscribe(world, session, argument, spelling, now),
        Task::Unsubscribe => subscribe::unsubscribe(world, session, argument),
        Task::SetAbsent => absent::set(world, argument, spelling, now),
        Task::GetAbsent => absent::get(world, argument, spelling, now),
        Task::ResetAbsent => absent::reset(world, argument, now),
        Task::EnumerateLines => lines::enumerate(world),
        Task::MonitorStart => lines::monitor(world, session, argument, spelling.times),
        Task::MonitorStop => lines::forget(world, session, argument),
        Task::LineDoNotDisturb => lines::set_do_not_disturb(world, argument, now),
        Task::SetNote => lines::set_note(world, argument, now),
        Task::KeepAlive | Task::LogOff => UcReply::Nothing,
    }
}

/// The result with its type, optional parameters in the form of the day.
fn written(world: &mut UcWorld, operation: &Operation, mut result: Value) -> Value {
    if operation.generation == Generation::Older {
        world.next_params().write(&mut result);
    }
    add(&mut result, json!({"_type": operation.result}));
    result
}
