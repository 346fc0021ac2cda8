//! `why`: the chain of causes of one user, as the running bridge knows it, or as the bridge showed it at
//! a moment of the past.

use eyre::Report;

use super::picture::{Picture, look_once, trouble};
use super::recorded::picture_at;
use crate::config::{Cli, Environment, Exit, WhyArgs, WhyFormat};
use crate::report::{self, Found, Look, Person};
use crate::text::harmless;
use crate::wiring::output::{complain, complain_of, look, say};
use words::fill;

/// Runs `lampfield why`; returns how the program ends.
pub(super) fn why(cli: &Cli, env: &Environment, args: &WhyArgs) -> Result<Exit, Report> {
    let look = look(cli, env);
    let tell = |picture: &Picture| {
        if args.format == WhyFormat::Text {
            picture.say_whose();
        }
        answer(picture, args, &look)
    };
    match &args.at {
        Some(at) => picture_at(cli, env, at)?.map_or_else(Ok, |picture| tell(&picture)),
        None => look_once(cli, env, &args.source, async |picture, _| tell(picture)),
    }
}

/// Prints what was found: a matched user ends with 0, nobody and a user who is not matched with 1,
/// several users with 2.
fn answer(picture: &Picture, args: &WhyArgs, look: &Look) -> Result<Exit, Report> {
    let (snapshot, now) = (&*picture.snapshot, picture.now);
    let json = args.format == WhyFormat::Json;
    match report::find_user(snapshot, &args.user) {
        Found::Row(at) => {
            let text = if json {
                report::why_json(snapshot, at, now)?
            } else {
                report::why_text(snapshot, at, now, look)
            };
            say(&text.unwrap_or_default())
        }
        Found::Unmatched(user) => {
            let text = if json {
                report::unmatched_json(snapshot, user, now)?
            } else {
                report::unmatched_text(user, look)
            };
            say(&text).map(|_| Exit::Failure)
        }
        Found::Excluded(user) => {
            let text = if json {
                report::excluded_json(snapshot, user, now)?
            } else {
                report::excluded_text(user, look)
            };
            say(&text).map(|_| Exit::Failure)
        }
        Found::Several(people) => {
            if json {
                say(&report::people_json(snapshot, &people, true, now)?)?;
            }
            complain(&several(&people, &args.user, look));
            Ok(Exit::Usage)
        }
        Found::Nobody(near) => {
            if json {
                say(&report::people_json(snapshot, &near, false, now)?)?;
            }
            // Where nobody could be read at all, that is why.
            if let Some(why) = trouble(snapshot) {
                complain_of(&why);
            }
            complain(&nobody(&near, &args.user, look));
            Ok(Exit::Failure)
        }
    }
}

fn several(people: &[Person<'_>], asked: &str, look: &Look) -> String {
    let asked = harmless(asked);
    let values: [(&str, &dyn std::fmt::Display); 2] = [("asked", &asked), ("n", &people.len())];
    let head = fill(look.spelled_texts().why.several, &values);
    let list = report::people_text(people, look);
    format!("lampfield: {head}\n{}", list.trim_end())
}

fn nobody(near: &[Person<'_>], asked: &str, look: &Look) -> String {
    let t = &look.spelled_texts().why;
    let head = fill(t.nobody, &[("asked", &harmless(asked))]);
    let mut lines = vec![format!("lampfield: {head}")];
    if !near.is_empty() {
        let list = report::people_text(near, look);
        lines.extend([t.near.to_owned(), list.trim_end().to_owned()]);
    }
    lines.join("\n")
}
