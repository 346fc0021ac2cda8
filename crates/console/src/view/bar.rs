//! One line made of segments: when there is little room, the least important go first.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

/// Cells between two segments.
const GAP: usize = 2;

/// A part of a line that is shown whole or not at all.
#[derive(Clone, Debug)]
pub(crate) struct Segment {
    spans: Vec<Span<'static>>,
    /// What is shown instead where there is less room, the shortest first.
    shorter: Vec<Span<'static>>,
    /// A small rank stays longest.
    rank: u8,
}

impl Segment {
    pub(crate) fn new(rank: u8, spans: impl IntoIterator<Item = Span<'static>>) -> Self {
        Self {
            spans: spans.into_iter().collect(),
            shorter: Vec::new(),
            rank,
        }
    }

    fn width(&self) -> usize {
        self.spans.iter().map(Span::width).sum()
    }
}

/// A line with segments at its left and right ends.
#[derive(Clone, Debug, Default)]
pub(crate) struct Bar {
    left: Vec<Segment>,
    right: Vec<Segment>,
}

impl Bar {
    pub(crate) fn left(&mut self, rank: u8, spans: impl IntoIterator<Item = Span<'static>>) {
        self.left.push(Segment::new(rank, spans));
    }

    pub(crate) fn right(&mut self, rank: u8, spans: impl IntoIterator<Item = Span<'static>>) {
        self.right.push(Segment::new(rank, spans));
    }

    /// At the right end, the longest of these forms that fits; a shorter one is taken before
    /// anything is dropped.
    pub(crate) fn right_or(&mut self, rank: u8, long: Span<'static>, shorter: [Span<'static>; 2]) {
        self.right.push(Segment {
            shorter: shorter.into_iter().rev().collect(),
            ..Segment::new(rank, [long])
        });
    }

    /// Draws the line, one cell in from both edges.
    pub(crate) fn draw(mut self, area: Rect, buf: &mut Buffer) {
        let room = usize::from(area.width.saturating_sub(2));
        while self.width() > room && (self.shorten() || self.drop_least()) {}
        let left = line(self.left);
        let right = line(self.right);
        let start = area.right().saturating_sub(1).saturating_sub(cells(&right));
        buf.set_line(area.x + 1, area.y, &left, area.width.saturating_sub(2));
        if start > area.x && !right.spans.is_empty() {
            buf.set_line(start, area.y, &right, cells(&right));
        }
    }

    fn width(&self) -> usize {
        let all = self.left.iter().chain(&self.right);
        let gaps = (self.left.len() + self.right.len()).saturating_sub(1) * GAP;
        all.map(Segment::width).sum::<usize>() + gaps
    }

    fn shorten(&mut self) -> bool {
        let mut all = self.left.iter_mut().chain(&mut self.right);
        let Some((segment, short)) =
            all.find_map(|segment| segment.shorter.pop().map(|short| (segment, short)))
        else {
            return false;
        };
        segment.spans = vec![short];
        true
    }

    /// Drops the segment with the largest rank; the last one stays and is cut.
    fn drop_least(&mut self) -> bool {
        if self.left.len() + self.right.len() <= 1 {
            return false;
        }
        let worst = |side: &[Segment]| {
            side.iter()
                .enumerate()
                .max_by_key(|(at, segment)| (segment.rank, *at))
                .map(|(at, segment)| (segment.rank, at))
        };
        match (worst(&self.left), worst(&self.right)) {
            (Some((left, at)), right) if right.is_none_or(|(right, _)| left >= right) => {
                self.left.remove(at);
            }
            (_, Some((_, at))) => {
                self.right.remove(at);
            }
            _ => return false,
        }
        true
    }
}

fn line(segments: Vec<Segment>) -> Line<'static> {
    let mut spans = Vec::new();
    for segment in segments {
        if !spans.is_empty() {
            spans.push(Span::raw(" ".repeat(GAP)));
        }
        spans.extend(segment.spans);
    }
    Line::from(spans)
}

fn cells(line: &Line<'_>) -> u16 {
    u16::try_from(line.width()).unwrap_or(u16::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(width: u16) -> String {
        let mut bar = Bar::default();
        bar.left(0, [Span::raw("name")]);
        bar.left(2, [Span::raw("mode")]);
        bar.right(1, [Span::raw("sum")]);
        let area = Rect::new(0, 0, width, 1);
        let mut buf = Buffer::empty(area);
        bar.draw(area, &mut buf);
        buf.content
            .iter()
            .map(ratatui::buffer::Cell::symbol)
            .collect()
    }

    #[test]
    fn the_least_important_goes_first() {
        assert_eq!(drawn(20), " name  mode     sum ");
        assert_eq!(drawn(14), " name     sum ");
        assert_eq!(drawn(8), " name   ");
        assert_eq!(drawn(4), " na ");
    }
}
