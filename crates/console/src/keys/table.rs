//! The table itself.

use ratatui::crossterm::event::KeyCode;

use super::Scope::{Everywhere, Log, Screen, Table};
use super::{Action, Binding, bind, ctrl, letter, plain};

/// All keys. No default on Ctrl-A and Ctrl-B (tmux, screen), Ctrl-S and Ctrl-Q (flow control).
pub(crate) static BINDINGS: &[Binding] = &[
    bind(Table, Action::Filter, &[letter('/')], |t| t.keys.filter)
        .in_footer(2, |t| t.footer.filter),
    bind(Table, Action::Detail, &[plain(KeyCode::Enter)], |t| {
        t.keys.detail
    })
    .in_footer(1, |t| t.footer.detail),
    bind(Table, Action::Refresh, &[letter('r')], |t| t.keys.refresh)
        .in_footer(6, |t| t.footer.refresh),
    bind(
        Table,
        Action::SortBy,
        &[letter('S'), plain(KeyCode::F(6))],
        |t| t.keys.sort_by,
    )
    .in_footer(8, |t| t.footer.sort),
    bind(Table, Action::Sort, &[letter('o')], |t| t.keys.sort),
    bind(Table, Action::SortReverse, &[letter('O')], |t| {
        t.keys.sort_reverse
    }),
    bind(Table, Action::Group, &[letter('D')], |t| t.keys.group),
    bind(Table, Action::Pin, &[letter('*')], |t| t.keys.pin),
    bind(Table, Action::NextProblem, &[letter('n')], |t| {
        t.keys.next_problem
    })
    .in_footer(4, |t| t.footer.problem),
    bind(Table, Action::PreviousProblem, &[letter('N')], |t| {
        t.keys.previous_problem
    }),
    bind(Table, Action::ShowAll, &[letter('1')], |t| t.keys.show_all),
    bind(Table, Action::ShowCalls, &[letter('2')], |t| {
        t.keys.show_calls
    })
    .in_footer(3, |t| t.footer.calls),
    bind(Table, Action::ShowLeases, &[letter('3')], |t| {
        t.keys.show_leases
    }),
    bind(Table, Action::ShowWrong, &[letter('4')], |t| {
        t.keys.show_wrong
    }),
    bind(
        Table,
        Action::NamedFilter,
        &[
            letter('5'),
            letter('6'),
            letter('7'),
            letter('8'),
            letter('9'),
        ],
        |t| t.keys.named_filter,
    ),
    bind(Table, Action::Filters, &[letter('F')], |t| t.keys.filters),
    bind(Table, Action::Columns, &[letter('C')], |t| t.keys.columns)
        .in_footer(15, |t| t.footer.columns),
    bind(Table, Action::Export, &[letter('e')], |t| t.keys.export)
        .in_footer(16, |t| t.footer.export),
    bind(Table, Action::Copy, &[letter('y')], |t| t.keys.copy),
    bind(Table, Action::CopyCell, &[letter('Y')], |t| {
        t.keys.copy_cell
    }),
    bind(Table, Action::PauseUser, &[letter('W')], |t| {
        t.keys.pause_user
    }),
    bind(Table, Action::Clear, &[letter('x')], |t| t.keys.clear),
    bind(
        Log,
        Action::LevelLess,
        &[letter('<'), plain(KeyCode::Left)],
        |t| t.keys.level_less,
    )
    .in_footer(3, |t| t.footer.level),
    bind(
        Log,
        Action::LevelMore,
        &[letter('>'), plain(KeyCode::Right)],
        |t| t.keys.level_more,
    ),
    bind(Log, Action::Target, &[letter('t')], |t| t.keys.target).in_footer(4, |t| t.footer.target),
    bind(Log, Action::Filter, &[letter('/')], |t| t.keys.filter).in_footer(2, |t| t.footer.search),
    bind(Log, Action::Follow, &[letter('f')], |t| t.keys.follow).in_footer(5, |t| t.footer.follow),
    bind(Log, Action::OnlyUser, &[letter('m')], |t| t.keys.only_user)
        .in_footer(6, |t| t.footer.only_user),
    bind(Log, Action::Jump, &[plain(KeyCode::Enter)], |t| t.keys.jump)
        .in_footer(7, |t| t.footer.jump),
    bind(Log, Action::Wrap, &[letter('z')], |t| t.keys.wrap),
    bind(Screen, Action::Filter, &[letter('/')], |t| {
        t.keys.search_help
    }),
    bind(Screen, Action::Sort, &[letter('o')], |t| t.keys.others_sort),
    bind(Screen, Action::SortReverse, &[letter('O')], |t| {
        t.keys.others_reverse
    }),
    bind(Screen, Action::Copy, &[letter('y')], |t| t.keys.others_copy),
    bind(Screen, Action::CopyCell, &[letter('Y')], |t| {
        t.keys.others_copy_cell
    }),
    bind(Screen, Action::Export, &[letter('e')], |t| {
        t.keys.others_export
    }),
    bind(Screen, Action::Refresh, &[letter('r')], |t| t.keys.refresh),
    bind(Screen, Action::Logs, &[letter('l'), letter('m')], |t| {
        t.keys.user_log
    }),
    bind(Screen, Action::NextProblem, &[letter('n')], |t| {
        t.keys.next_problem
    }),
    bind(Screen, Action::PreviousProblem, &[letter('N')], |t| {
        t.keys.previous_problem
    }),
    bind(Screen, Action::Detail, &[plain(KeyCode::Enter)], |t| {
        t.keys.to_row
    }),
    bind(
        Screen,
        Action::NextUser,
        &[letter('>'), plain(KeyCode::Right)],
        |t| t.keys.next_user,
    ),
    bind(
        Screen,
        Action::PreviousUser,
        &[letter('<'), plain(KeyCode::Left)],
        |t| t.keys.previous_user,
    ),
    bind(
        Everywhere,
        Action::Up,
        &[letter('k'), plain(KeyCode::Up)],
        |t| t.keys.up,
    ),
    bind(
        Everywhere,
        Action::Down,
        &[letter('j'), plain(KeyCode::Down)],
        |t| t.keys.down,
    ),
    bind(
        Everywhere,
        Action::Top,
        &[letter('g'), plain(KeyCode::Home)],
        |t| t.keys.top,
    ),
    bind(
        Everywhere,
        Action::Bottom,
        &[letter('G'), plain(KeyCode::End)],
        |t| t.keys.bottom,
    ),
    bind(
        Everywhere,
        Action::PageUp,
        &[plain(KeyCode::PageUp), ctrl('u')],
        |t| t.keys.page_up,
    ),
    bind(
        Everywhere,
        Action::PageDown,
        &[plain(KeyCode::PageDown), ctrl('d')],
        |t| t.keys.page_down,
    ),
    bind(Everywhere, Action::Back, &[plain(KeyCode::Esc)], |t| {
        t.keys.back
    }),
    bind(Everywhere, Action::Unmatched, &[letter('u')], |t| {
        t.keys.unmatched
    })
    .in_footer(10, |t| t.footer.unmatched),
    bind(
        Everywhere,
        Action::Problems,
        &[letter('!'), letter('p')],
        |t| t.keys.problems,
    )
    .in_footer(9, |t| t.footer.problems),
    bind(Everywhere, Action::Topology, &[letter('t')], |t| {
        t.keys.topology
    })
    .in_footer(13, |t| t.footer.topology),
    bind(Everywhere, Action::Timing, &[letter('T')], |t| {
        t.keys.timing
    })
    .in_footer(5, |t| t.footer.timing),
    bind(Everywhere, Action::Freeze, &[letter(' ')], |t| {
        t.keys.freeze
    })
    .in_footer(7, |t| t.footer.freeze),
    bind(
        Everywhere,
        Action::RefreshAll,
        &[letter('R'), ctrl('r')],
        |t| t.keys.refresh_all,
    ),
    bind(Everywhere, Action::Faster, &[letter('+')], |t| {
        t.keys.faster
    }),
    bind(Everywhere, Action::Slower, &[letter('-')], |t| {
        t.keys.slower
    }),
    bind(Everywhere, Action::Logs, &[letter('l')], |t| t.keys.logs)
        .in_footer(11, |t| t.footer.logs),
    bind(Everywhere, Action::Pane, &[plain(KeyCode::Tab)], |t| {
        t.keys.pane
    })
    .in_footer(12, |t| t.footer.pane),
    bind(Everywhere, Action::Explorer, &[letter('L')], |t| {
        t.keys.explorer
    }),
    bind(Everywhere, Action::Pause, &[letter('w')], |t| t.keys.pause),
    bind(Everywhere, Action::ClearAll, &[letter('X')], |t| {
        t.keys.clear_all
    }),
    bind(Everywhere, Action::Past, &[letter('b')], |t| t.keys.past)
        .in_footer(14, |t| t.footer.past),
    bind(Everywhere, Action::PastTime, &[letter('J')], |t| {
        t.keys.past_time
    }),
    bind(Everywhere, Action::PastEventBefore, &[letter(',')], |t| {
        t.keys.past_event_before
    }),
    bind(Everywhere, Action::PastEvent, &[letter('.')], |t| {
        t.keys.past_event
    }),
    bind(Everywhere, Action::PastProblemBefore, &[letter('(')], |t| {
        t.keys.past_problem_before
    }),
    bind(Everywhere, Action::PastProblem, &[letter(')')], |t| {
        t.keys.past_problem
    }),
    bind(Everywhere, Action::PastFaster, &[letter('v')], |t| {
        t.keys.past_faster
    }),
    bind(Everywhere, Action::Privacy, &[letter('P')], |t| {
        t.keys.privacy
    }),
    bind(Everywhere, Action::Theme, &[letter('B')], |t| t.keys.theme),
    bind(Everywhere, Action::Ring, &[letter('E')], |t| t.keys.alerts),
    bind(Everywhere, Action::Mouse, &[letter('M')], |t| t.keys.mouse),
    bind(Everywhere, Action::Redraw, &[ctrl('l')], |t| t.keys.redraw),
    bind(Everywhere, Action::Suspend, &[ctrl('z')], |t| {
        t.keys.suspend
    }),
    bind(Everywhere, Action::Commands, &[letter(':')], |t| {
        t.keys.commands
    })
    .in_footer(4, |t| t.footer.commands),
    bind(
        Everywhere,
        Action::Help,
        &[letter('?'), plain(KeyCode::F(1))],
        |t| t.keys.help,
    )
    .in_footer(0, |t| t.footer.help),
    bind(Everywhere, Action::Quit, &[letter('q'), ctrl('c')], |t| {
        t.keys.quit
    })
    .in_footer(0, |t| t.footer.quit),
];
