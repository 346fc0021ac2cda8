//! What Graph does to everybody, and what one record does to itself.

use tracing::Level;

use super::scene::*;
use crate::{Effect, Event, LogTarget, OddList};
use graph::{Failure, FailureKind, OddRecords, Oddity};

fn logged(effects: &[Effect]) -> Vec<(Level, LogTarget, String)> {
    let lines = effects.iter().filter_map(|effect| match effect {
        Effect::Log(line) => Some((line.level, line.target, line.message.clone())),
        _ => None,
    });
    lines.collect()
}

#[test]
fn an_outage_is_said_once_and_so_is_its_end() {
    let mut scene = Scene::new();
    let failure = Failure::new(FailureKind::Server, "trouble at Microsoft (500)");
    let said = logged(&scene.step(Event::GraphDown(Some(failure))));
    let [(Level::ERROR, LogTarget::Poll, words)] = said.as_slice() else {
        panic!("{said:?}");
    };
    assert!(words.starts_with("Graph is down for everybody: trouble at Microsoft (500)"));
    assert_eq!(
        scene.snapshot().poll.down.as_ref().map(|it| &*it.message),
        Some("trouble at Microsoft (500)")
    );
    let said = logged(&scene.step(Event::GraphDown(None)));
    assert!(said[0].2.contains("answers again"), "{said:?}");
    assert_eq!(scene.snapshot().poll.down, None);
}

#[test]
fn an_odd_record_is_named_once_and_counted() {
    let mut scene = Scene::new();
    let mut records = OddRecords::default();
    records.note(Some("7f1c"), 3, Oddity::NoId);
    let odd = |list| Event::Odd {
        list,
        records: records.clone(),
    };
    let said = logged(&scene.step(odd(OddList::Directory)));
    assert!(said[0].2.contains("7f1c"), "{said:?}");
    assert_eq!(logged(&scene.step(odd(OddList::Directory))), []);
    assert_eq!(logged(&scene.step(odd(OddList::Presence))).len(), 1);
    let counted = scene.snapshot();
    let counted: Vec<_> = counted.odd_records.iter().map(|(_, n)| *n).collect();
    assert_eq!(counted, [2, 1]);
}
