//! Plays the day and the script on the tenant, at their virtual times.

use std::sync::{Arc, Weak};
use std::time::Duration;

use tokio::task::JoinHandle;

use super::day::{Day, Happening};
use super::options::Options;
use super::scenario::Scenario;
use super::scenes::Act;
use super::script::{Step, Who};
use super::tenant::Person;
use super::world::{ControlError, World};
use model::clock::advance;

/// Happenings between two looks at the other tasks, after a great leap of the clock.
const AT_ONCE: usize = 256;

/// Begins whatever happens by itself. What the middle of the day has already brought has
/// happened when this returns.
pub(super) fn begin(world: &Arc<World>, options: &Options) -> Vec<JoinHandle<()>> {
    let mut tasks = Vec::new();
    if options.scenario.has_day() {
        let cast = cast(world);
        let now = world.clock.now();
        let mut day = Day::join(cast.len(), options.seed, world.settings.pace, now);
        for happening in day.due(now, usize::MAX) {
            play(world, &cast, &happening);
        }
        tasks.push(tokio::spawn(go_on(Arc::clone(world), cast, day)));
    }
    if let Scenario::Script(script) = &options.scenario {
        for fault in &script.faults {
            world.inject(fault.clone());
        }
        if let Some(server) = world.ucserver.get().and_then(Weak::upgrade) {
            for fault in &script.ucserver {
                server.fault(fault.clone());
            }
        }
        let steps = script.steps.clone();
        tasks.push(tokio::spawn(follow(Arc::clone(world), steps)));
    }
    tasks
}

/// Everybody, the matched ones first: they play the highlights.
fn cast(world: &World) -> Vec<Person> {
    let people = world.people();
    let (matched, others): (Vec<_>, Vec<_>) = people.iter().cloned().partition(Person::matches);
    matched.into_iter().chain(others).collect()
}

async fn go_on(world: Arc<World>, cast: Vec<Person>, mut day: Day) {
    loop {
        world.clock.reach(day.next_at()).await;
        for happening in day.due(world.clock.now(), AT_ONCE) {
            play(&world, &cast, &happening);
        }
        tokio::task::yield_now().await;
    }
}

/// Whom a test has removed does nothing. A disk that is full stands in the answer of whoever asks the control for a call.
fn play(world: &World, cast: &[Person], happening: &Happening) {
    let Some(person) = cast.get(happening.who) else {
        return;
    };
    let done = match &happening.act {
        Act::Pbx(call) => world.ring(&person.user_name, *call).map(drop),
        Act::Teams(act) => match &person.upn {
            Some(upn) => world.act(upn, act),
            None => Ok(()),
        },
    };
    drop(done);
}

async fn follow(world: Arc<World>, mut steps: Vec<Step>) {
    steps.sort_by(|a, b| a.at_s.total_cmp(&b.at_s));
    let begun = world.clock.now();
    for step in steps {
        let after = Duration::try_from_secs_f64(step.at_s).unwrap_or_default();
        world.clock.reach(advance(begun, after)).await;
        drop(take(&world, &step));
    }
}

fn take(world: &World, step: &Step) -> Result<(), ControlError> {
    let name = match &step.user {
        Who::Name(name) => name.clone(),
        Who::Matched(n) => {
            let people = world.people();
            let person = people.iter().filter(|p| p.matches()).nth(*n);
            let name = person.map(|p| p.user_name.clone());
            name.ok_or_else(|| ControlError::NoSuchUser(format!("number {n}")))?
        }
    };
    if let Some(act) = &step.teams {
        world.act(&name, act)?;
    }
    if let Some(call) = step.call {
        world.ring(&name, call)?;
    }
    Ok(())
}
