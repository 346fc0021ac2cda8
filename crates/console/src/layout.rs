//! Where everything goes: a pure function of size, log and focus, so that the update knows how many rows
//! the view will draw.

use ratatui::layout::{Rect, Size};

use super::screen::{Focus, LogSize};

/// Below this, one line per user and a status line.
pub(crate) const SMALL: (u16, u16) = (40, 10);
/// Below this, a sentence.
pub(crate) const TINY: (u16, u16) = (20, 4);

/// Which of the three forms of the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// Header, table, log and footer.
    Full,
    /// One line per user.
    Small,
    /// Only a sentence that asks for a larger terminal.
    Tiny,
}

impl Form {
    pub(crate) const fn for_size(width: u16, height: u16) -> Self {
        if width < TINY.0 || height < TINY.1 {
            return Self::Tiny;
        }
        if width < SMALL.0 || height < SMALL.1 {
            return Self::Small;
        }
        Self::Full
    }
}

/// From this width on the selected user's detail stands beside the table.
const SIDE_FROM: (u16, u16) = (140, 30);

/// The areas of the main screen. Those that are not drawn are empty.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Areas {
    pub(crate) form: Option<Form>,
    pub(crate) header: Rect,
    pub(crate) table: Rect,
    pub(crate) side: Rect,
    pub(crate) log: Rect,
    pub(crate) status: Rect,
    pub(crate) footer: Rect,
}

impl Areas {
    /// The areas of a terminal of this size.
    pub(crate) fn for_size(size: Size, log: LogSize, focus: Focus) -> Self {
        let all = Rect::new(0, 0, size.width, size.height);
        match Form::for_size(all.width, all.height) {
            Form::Tiny => Self {
                form: Some(Form::Tiny),
                ..Self::default()
            },
            Form::Small => Self::small(all),
            Form::Full => Self::full(all, open_log(log, focus)),
        }
    }

    fn small(all: Rect) -> Self {
        let (table, status) = split_bottom(all, 1);
        Self {
            form: Some(Form::Small),
            table,
            status,
            ..Self::default()
        }
    }

    fn full(all: Rect, log_size: LogSize) -> Self {
        let header_height = if all.height >= 16 { 3 } else { 1 };
        let (header, rest) = split_top(all, header_height);
        let (rest, footer) = split_bottom(rest, 1);
        let (rest, status) = split_bottom(rest, 1);
        let (upper, log) = split_bottom(rest, log_height(log_size, rest.height));
        let side_width = side_width(all);
        let (table, side) = if side_width > 0 {
            split_right(upper, side_width)
        } else {
            (upper, Rect::default())
        };
        Self {
            form: Some(Form::Full),
            header,
            table,
            side,
            log,
            status,
            footer,
        }
    }

    /// How many rows of the table there is room for.
    pub(crate) fn rows(&self) -> u16 {
        match self.form {
            Some(Form::Full) => self.table.height.saturating_sub(1),
            _ => self.table.height,
        }
    }
}

const fn side_width(all: Rect) -> u16 {
    if all.width < SIDE_FROM.0 || all.height < SIDE_FROM.1 {
        return 0;
    }
    all.width * 3 / 8
}

/// A log with the focus is never off the screen.
const fn open_log(size: LogSize, focus: Focus) -> LogSize {
    match (size, focus) {
        (LogSize::Off, Focus::Log(_)) => LogSize::Small,
        (size, _) => size,
    }
}

/// One line of it is the title.
fn log_height(size: LogSize, room: u16) -> u16 {
    let wanted = match size {
        LogSize::Small if room >= 36 => room / 3,
        LogSize::Small if room >= 14 => 4,
        LogSize::Large => room / 2,
        LogSize::Small | LogSize::Off => 0,
    };
    wanted.min(room.saturating_sub(3))
}

fn split_top(area: Rect, height: u16) -> (Rect, Rect) {
    let height = height.min(area.height);
    let top = Rect { height, ..area };
    let rest = Rect {
        y: area.y + height,
        height: area.height - height,
        ..area
    };
    (top, rest)
}

/// The upper part, and the lower one of this height.
pub(crate) fn split_bottom(area: Rect, height: u16) -> (Rect, Rect) {
    split_top(area, area.height.saturating_sub(height))
}

fn split_right(area: Rect, width: u16) -> (Rect, Rect) {
    let width = width.min(area.width);
    let left = Rect {
        width: area.width - width,
        ..area
    };
    let right = Rect {
        x: area.x + left.width,
        width,
        ..area
    };
    (left, right)
}
