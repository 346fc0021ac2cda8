//! What every part of the view draws with: the state, and what is drawn with.

use std::cell::Cell;
use std::ops::Deref;

use jiff::Timestamp;

use crate::drawing::Drawing;
use crate::state::State;
use model::problem::Roots;

/// The state, and what is drawn with.
#[derive(Debug)]
pub(crate) struct Context<'a> {
    pub(crate) state: &'a State,
    drawing: Drawing<'a>,
}

impl<'a> Context<'a> {
    pub(crate) fn new(state: &'a State, now: Timestamp) -> Self {
        let look = state.look();
        let drawing = Drawing {
            now: state.shown_at(now),
            t: look.texts,
            glyphs: look.glyphs,
            theme: &look.theme,
            names: state.names(),
            zone: &look.zone,
            wall_ahead: state.snapshot().wall_ahead,
            roots: Roots::of(state.snapshot(), state.shown_at(now)),
            ascii: look.ascii,
            frozen: state.is_frozen(),
            deadline: Cell::new(None),
        };
        Self { state, drawing }
    }
}

impl<'a> Deref for Context<'a> {
    type Target = Drawing<'a>;

    fn deref(&self) -> &Self::Target {
        &self.drawing
    }
}
