//! What was seen of a step at the phone, in words.

use model::presence::CallKind;
use model::procall::CallState;
use report::Look;
use trace::{Seen, Step};
use words::{BothTexts, Texts, fill, recording_step, recording_texts, texts};

/// What the connector has told since a step began.
pub type Understood = Vec<(CallKind, CallState)>;

/// What to do, and how to say that it is done.
#[must_use]
pub fn step_text(at: usize, step: Step, look: &Look) -> String {
    let of = Step::ALL.len();
    let what = look.worded(recording_step(step.key(), look.lang));
    let keys = look.worded(say(&recording_texts().keys, look));
    format!("\n{at}/{of}  {what}\n      {keys}")
}

/// What was seen, a line each.
#[must_use]
pub fn seen_text(understood: &Understood, seen: &[Seen], look: &Look) -> String {
    let mut lines: Vec<String> = Vec::new();
    for (kind, state) in understood {
        if let Some(line) = of_call(*kind, *state, look)
            && !lines.contains(&line)
        {
            lines.push(line);
        }
    }
    let talks = understood
        .iter()
        .any(|(_, state)| *state == CallState::Connected);
    lines.extend(seen.iter().filter_map(|one| of_frame(*one, talks, look)));
    if lines.is_empty() {
        lines.push(say(&recording_texts().nothing_seen, look).to_owned());
    }
    let lines = lines
        .iter()
        .map(|line| format!("      - {}\n", look.worded(line)));
    lines.collect()
}

fn of_call(kind: CallKind, state: CallState, look: &Look) -> Option<String> {
    let own = recording_texts();
    let text = match state {
        CallState::Ringing => &own.ringing,
        CallState::Connected => &own.understood,
        CallState::Ended => &own.over,
        _ => return None,
    };
    let kind = kind_name(kind, texts(look.lang));
    Some(fill(say(text, look), &[("kind", &kind)]))
}

/// What the connector does not tell of by itself.
fn of_frame(seen: Seen, talks: bool, look: &Look) -> Option<String> {
    let own = recording_texts();
    Some(match seen {
        Seen::Held => say(&own.held, look).to_owned(),
        Seen::FlagWithoutCall => say(&own.flag_alone, look).to_owned(),
        Seen::Offline => say(&own.offline, look).to_owned(),
        Seen::Manual(state) => fill(say(&own.manual, look), &[("state", &state)]),
        Seen::Teams(state) => fill(say(&own.teams, look), &[("state", &state)]),
        Seen::Connected(kind) if !talks => fill(say(&own.not_understood, look), &[("kind", &kind)]),
        Seen::Connected(_) | Seen::Ringing(_) | Seen::Ended | Seen::Meeting => return None,
    })
}

fn kind_name(kind: CallKind, texts: &Texts) -> &str {
    match kind {
        CallKind::Tapi => texts.calls.tapi,
        CallKind::Softphone => texts.calls.softphone,
        CallKind::AvChat => texts.calls.av_chat,
        CallKind::Meeting => texts.calls.meeting,
        CallKind::Manual => texts.calls.manual,
    }
}

/// A text in the language of the screen.
pub(super) fn say(text: &'static BothTexts, look: &Look) -> &'static str {
    text.in_lang(look.lang)
}

#[cfg(test)]
mod tests {
    use model::presence::Lang;
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::understood(vec![(CallKind::Tapi, CallState::Connected)], &[Seen::Connected(0)],
        "      - a call was understood: TAPI call\n")]
    #[case::flag(vec![], &[Seen::FlagWithoutCall],
        "      - eCALL without a call: V1 shape, a missing right or a call in Teams?\n")]
    #[case::another_kind(vec![], &[Seen::Connected(77)],
        "      - a call was there and was not understood (eJournalCallType 77)\n")]
    #[case::nothing(vec![], &[], "      - nothing was seen\n")]
    #[case::held(vec![], &[Seen::Held], "      - hold: the call stays\n")]
    fn a_step_says_what_was_seen(
        #[case] understood: Understood,
        #[case] seen: &[Seen],
        #[case] expected: &str,
    ) {
        let look = Look {
            lang: Lang::En,
            ..Look::default()
        };
        assert_eq!(seen_text(&understood, seen, &look), expected);
    }

    #[test]
    fn every_step_says_what_to_do_in_both_languages() {
        for lang in [Lang::De, Lang::En] {
            let look = Look {
                lang,
                ..Look::default()
            };
            for (at, step) in Step::ALL.into_iter().enumerate() {
                let text = step_text(at + 1, step, &look);
                assert!(
                    !recording_step(step.key(), lang).is_empty(),
                    "{}",
                    step.key()
                );
                assert!(text.contains(&format!("{}/10", at + 1)), "{text}");
            }
        }
    }
}
