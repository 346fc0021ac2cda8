//! The PROCALL column: what ProCall shows now and, where Teams changes it, both.

use super::cell::cell as plain_cell;
use super::{Cell, Row, WidthClass};
use crate::glyphs::Glyphs;
use crate::theme::Role;
use model::presence::ProcallPresence;
use model::procall::{ShownPresence, ShownState};
use model::snapshot::{InProcall, UserRow};
use report::cells::width;
use words::Texts;

/// Room for both: in short, in words.
pub(super) const WIDTHS: [u16; 3] = [10, 14, 19];

pub(super) fn cell(row: &Row<'_>) -> Cell {
    let room = match row.class {
        WidthClass::Narrow => WIDTHS[0],
        WidthClass::Medium => WIDTHS[1],
        WidthClass::Wide => WIDTHS[2],
    };
    let shown = row.user.in_procall();
    let text = text(shown, row.ctx.t, row.ctx.glyphs, room.into());
    plain_cell(text, role(shown)).changed_at(row, row.user.procall_since.map(Into::into))
}

fn role(shown: InProcall) -> Role {
    let dull = |own: ShownPresence| {
        matches!(own.state, ShownState::Available | ShownState::Offline) && !own.in_a_call
    };
    if shown.made.is_none() && shown.own.is_none_or(dull) {
        return Role::Muted;
    }
    Role::Text
}

/// The longest form that there is room for.
fn text(shown: InProcall, t: &Texts, glyphs: &Glyphs, room: usize) -> String {
    let words = |short: bool| {
        let own = shown.own.map(|own| own_word(own, short, t));
        let made = shown.made.map(|made| made_word(made, short, t));
        (own, made)
    };
    let arrow = glyphs.arrow;
    let form = |(own, made): (Option<&str>, Option<&str>), gap: &str| match (own, made) {
        (None, None) => t.procall.short_unchanged.to_owned(),
        (Some(own), None) => own.to_owned(),
        (None, Some(made)) => format!("{arrow}{gap}{made}"),
        (Some(own), Some(made)) => format!("{own}{gap}{arrow}{gap}{made}"),
    };
    let forms = [
        form(words(false), " "),
        form(words(false), ""),
        form(words(true), ""),
    ];
    let fits = forms.iter().find(|form| width(form) <= room);
    // One word alone is cut rather than shortened.
    let rest = if shown.made.is_some() { 2 } else { 0 };
    fits.or(forms.get(rest)).cloned().unwrap_or_default()
}

fn own_word(own: ShownPresence, short: bool, t: &Texts) -> &str {
    let p = &t.procall;
    match (own.state, short) {
        _ if own.in_a_call => made_word(ProcallPresence::BusyInACall, short, t),
        (ShownState::DoNotDisturb, _) => made_word(ProcallPresence::DoNotDisturb, short, t),
        (ShownState::Available, false) => p.available,
        (ShownState::Available, true) => p.short_available,
        (ShownState::Busy, false) => p.busy,
        (ShownState::Busy, true) => p.short_busy,
        (ShownState::Absent, false) => p.absent,
        (ShownState::Absent, true) => p.short_absent,
        (ShownState::Offline, false) => p.offline,
        (ShownState::Offline, true) => p.short_offline,
    }
}

fn made_word(made: ProcallPresence, short: bool, t: &Texts) -> &str {
    let p = &t.procall;
    match (made, short) {
        (ProcallPresence::Unchanged, _) => p.short_unchanged,
        (ProcallPresence::DoNotDisturb, false) => p.short_do_not_disturb,
        (ProcallPresence::DoNotDisturb, true) => p.shortest_do_not_disturb,
        (ProcallPresence::BusyInACall, false) => p.short_busy_in_a_call,
        (ProcallPresence::BusyInACall, true) => p.shortest_busy_in_a_call,
    }
}

/// The order: who talks first, who is not there last.
pub(super) fn rank(row: &UserRow) -> Option<u64> {
    let shown = row.in_procall();
    let own = shown.own.map(|own| match own.state {
        _ if own.in_a_call => 0,
        ShownState::DoNotDisturb => 1,
        ShownState::Busy => 2,
        ShownState::Available => 3,
        ShownState::Absent => 4,
        ShownState::Offline => 5,
    });
    let made = shown.made.map(|made| match made {
        ProcallPresence::BusyInACall => 0,
        ProcallPresence::DoNotDisturb => 1,
        ProcallPresence::Unchanged => 6,
    });
    made.or(own)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::glyphs::{ASCII, UTF8};
    use model::presence::Lang;
    use words::{ascii_texts, texts};

    const PRESENT: Option<ShownPresence> = Some(shown(ShownState::Available, false));
    const BUSY: Option<ShownPresence> = Some(shown(ShownState::Busy, false));
    const CALLS: Option<ShownPresence> = Some(shown(ShownState::Busy, true));
    const IN_CALL: Option<ProcallPresence> = Some(ProcallPresence::BusyInACall);
    const DND: Option<ProcallPresence> = Some(ProcallPresence::DoNotDisturb);

    const fn shown(state: ShownState, in_a_call: bool) -> ShownPresence {
        ShownPresence { state, in_a_call }
    }

    #[rstest]
    #[case::nothing_known(None, None, "-", "-")]
    #[case::present(PRESENT, None, "present", "present")]
    #[case::in_a_call(CALLS, None, "in call", "in call")]
    #[case::changed(PRESENT, DND, "pres→DND", "present → DND")]
    #[case::called(PRESENT, IN_CALL, "pres→call", "present → in call")]
    #[case::busy(BUSY, DND, "busy → DND", "busy → DND")]
    #[case::own_is_not_told(None, IN_CALL, "→ in call", "→ in call")]
    fn what_procall_shows_and_what_teams_makes_of_it(
        #[case] own: Option<ShownPresence>,
        #[case] made: Option<ProcallPresence>,
        #[case] narrow: &str,
        #[case] wide: &str,
    ) {
        let said = |room| text(InProcall { own, made }, texts(Lang::En), &UTF8, room);
        assert_eq!((said(10), said(19)), (narrow.to_owned(), wide.to_owned()));
    }

    #[test]
    fn whatever_is_shown_fits_in_both_languages() {
        let states = [
            ShownState::Available,
            ShownState::Busy,
            ShownState::Absent,
            ShownState::DoNotDisturb,
            ShownState::Offline,
        ];
        let owns = states.map(|state| Some(shown(state, false))).into_iter();
        for own in owns.chain([CALLS, None]) {
            let in_call = IN_CALL.filter(|_| own != CALLS);
            for made in [None, in_call, DND] {
                for lang in [Lang::De, Lang::En] {
                    for (t, glyphs) in [(texts(lang), &UTF8), (ascii_texts(lang), &ASCII)] {
                        for room in WIDTHS {
                            let room = usize::from(room);
                            let said = text(InProcall { own, made }, t, glyphs, room);
                            let fits = width(&said) <= room || made.is_none();
                            assert!(fits && !said.is_empty(), "{said}: {room}");
                        }
                    }
                }
            }
        }
    }
}
