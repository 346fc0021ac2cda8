//! In the place of `demo` where the program is built without the feature `simulator`: there is no demo,
//! and whoever wants it is told so.
#![allow(clippy::unused_async)] // called as the demo that there is

use super::said::Told;
use crate::config::{Cli, Config};
use crate::words::Words;
use eyre::Report;

/// A demo, of which there is none.
pub(crate) enum Demo {}

impl Demo {
    /// Says that this program has none.
    pub(crate) async fn open(_cli: &Cli) -> Result<(Self, Config), Report> {
        Err(no_simulator())
    }

    /// Nothing to trouble.
    pub(crate) fn refuse_reading(&self) {
        match *self {}
    }

    /// Nothing to close.
    pub(crate) async fn close(self) {
        match self {}
    }
}

/// Why the demo and the command `simulator` are refused.
pub(crate) fn no_simulator() -> Report {
    Told::alone(Words::say(|t| t.errors.no_simulator, &[])).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wiring::{run_to_end, said::report_words};
    use crate::words::Lang;

    #[test]
    fn whoever_wants_the_demo_learns_that_there_is_none() {
        let words = ["lampfield", "--demo"].map(Into::into);
        let cli = Cli::parse_from(words).unwrap();
        let opened = run_to_end(Demo::open(&cli));
        let why = report_words(&opened.err().unwrap());
        assert!(why.in_lang(Lang::En).contains("without the simulator"));
        assert!(why.in_lang(Lang::De).contains("ohne den Simulator"));
    }
}
