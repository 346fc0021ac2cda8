//! What is open about UCServer's protocol, and what is said while it is recorded.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

use model::presence::Lang;

/// A text in both languages.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BothTexts {
    de: String,
    en: String,
}

impl BothTexts {
    /// In this language.
    #[must_use]
    pub fn in_lang(&self, lang: Lang) -> &str {
        match lang {
            Lang::De => &self.de,
            Lang::En => &self.en,
        }
    }
}

/// A question that the interface leaves open.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OpenQuestion {
    /// Its name.
    pub key: String,
    /// The function of the connector that would change.
    pub function: String,
    /// Keys of `[ucserver]`.
    pub setting: String,
    /// What is asked.
    pub question: BothTexts,
    /// What the connector goes by.
    pub assumed: BothTexts,
    /// What to do at the phone, and what is then seen.
    pub how: BothTexts,
}

macro_rules! sayings {
    ($($field:ident),* $(,)?) => {
        /// What is said while something is recorded, and about a recording.
        #[derive(Debug)]
        #[allow(missing_docs)] // the names say which text it is
        pub struct RecordingTexts { $(pub $field: BothTexts,)* }

        impl RecordingTexts {
            /// Not by serde's derive, as [`crate::entries`].
            #[allow(clippy::expect_used)] // see `TEXTS`
            fn read(mut say: BTreeMap<String, BothTexts>) -> Self {
                let mut take = |name: &str| say.remove(name).expect(name);
                let texts = Self { $($field: take(stringify!($field)),)* };
                let left = say.keys();
                assert!(left.len() == 0, "nothing that is said is called {left:?}");
                texts
            }
        }
    };
}

sayings! {
    begin, silent, ready, keys, nothing_seen, understood, ringing, over, held, flag_alone,
    not_understood, manual, teams, offline, trouble, write_told, write_done, write_failed, ended,
    lost_lines, disk, exists, no_file, not_read, only_ucserver, empty, no_recording, format,
    bad_line, cut_line, contents, nothing_else, something_else, question, verdict, line, seen,
    open, confirmed, contradicted, nobody,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ProtocolTexts {
    row: Vec<OpenQuestion>,
    step: BTreeMap<String, BothTexts>,
    say: BTreeMap<String, BothTexts>,
}

#[allow(clippy::expect_used)] // part of the program; a test reads it
static TEXTS: LazyLock<ProtocolTexts> = LazyLock::new(|| {
    toml::from_str(include_str!("../../../assets/protocol.toml")).expect("assets/protocol.toml")
});

static RECORDING: LazyLock<RecordingTexts> =
    LazyLock::new(|| RecordingTexts::read(TEXTS.say.clone()));

/// Every open question, in the order of the table.
#[must_use]
pub fn open_questions() -> &'static [OpenQuestion] {
    &TEXTS.row
}

/// What to do at the phone in the step of this name.
#[must_use]
pub fn recording_step(key: &str, lang: Lang) -> &'static str {
    TEXTS.step.get(key).map_or("", |step| step.in_lang(lang))
}

/// What is said while something is recorded.
#[must_use]
pub fn recording_texts() -> &'static RecordingTexts {
    &RECORDING
}
