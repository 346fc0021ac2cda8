//! Why a file is not to be used, in words: what the system says, and what we refuse ourselves.

use std::fmt::Display;
use std::io;

use model::file_fault::{FileKind, FileRefusal, SystemError};
use model::presence::Lang;
use model::scarce::Scarce;

use crate::fill::fill;
use crate::program::{ProgramErrorsTexts, ProgramSystemTexts, ProgramTexts};
use crate::texts::{CauseTexts, texts};

/// A size as people write it, in KiB or MiB.
#[must_use]
pub fn size(bytes: u64) -> String {
    const MIB: u64 = 1024 * 1024;
    if bytes.is_multiple_of(MIB) {
        format!("{} MiB", bytes / MIB)
    } else {
        format!("{} KiB", bytes / 1024)
    }
}

/// Why a file is not to be used, in this language.
pub(crate) fn refusal(why: &FileRefusal, lang: Lang) -> String {
    let t = ProgramTexts::in_lang(lang);
    let e = &t.errors;
    let say = |text: &str, name: &str, value: &dyn Display| fill(text, &[(name, value)]);
    match why {
        FileRefusal::Link => e.link.to_owned(),
        FileRefusal::OtherNames => e.other_names.to_owned(),
        FileRefusal::ForeignLink { maker } => say(e.foreign_link, "maker", maker),
        FileRefusal::Kind(kind) => say(e.no_file, "kind", &kind_word(*kind, e)),
        FileRefusal::TooLarge { limit } => say(e.too_large, "size", &size(*limit)),
        FileRefusal::Silent => e.silent.to_owned(),
        FileRefusal::Replaced => e.replaced.to_owned(),
        FileRefusal::Scarce(what) => scarce(*what, lang),
        FileRefusal::System { error, code } => system(*error, *code, lang, &t.system),
        FileRefusal::Said(said) if lang == Lang::En => said.to_string(),
        FileRefusal::Said(said) => say(t.system.quoted, "said", said),
    }
}

fn kind_word(kind: FileKind, e: &ProgramErrorsTexts) -> &str {
    match kind {
        FileKind::Folder => e.kind_folder,
        FileKind::Pipe => e.kind_pipe,
        FileKind::Socket => e.kind_socket,
        FileKind::Device => e.kind_device,
        FileKind::Other => e.kind_other,
    }
}

fn scarce(what: Scarce, lang: Lang) -> String {
    let (what, remedy) = of_scarce(what, &texts(lang).causes);
    format!("{what}. {remedy}")
}

/// What there is too little of, and what to do.
pub(crate) fn of_scarce(what: Scarce, c: &CauseTexts) -> (&str, &str) {
    match what {
        Scarce::Descriptors => (c.descriptors, c.descriptors_do),
        Scarce::DescriptorsOfTheMachine => (c.descriptors_machine, c.descriptors_machine_do),
        Scarce::Threads => (c.threads, c.threads_do),
        Scarce::Memory => (c.memory, c.memory_do),
    }
}

/// In English the system's own words, and in German the number beside ours.
fn system(error: SystemError, code: Option<i32>, lang: Lang, s: &ProgramSystemTexts) -> String {
    let Some(code) = code else {
        return meaning(error, s).to_owned();
    };
    let own = io::Error::from_raw_os_error(code);
    match (lang, error) {
        (Lang::En, _) => own.to_string(),
        (Lang::De, SystemError::Other) => fill(s.quoted, &[("said", &own)]),
        (Lang::De, _) => format!("{} (os error {code})", meaning(error, s)),
    }
}

fn meaning(error: SystemError, s: &ProgramSystemTexts) -> &str {
    match error {
        SystemError::NotFound => s.not_found,
        SystemError::PermissionDenied => s.permission_denied,
        SystemError::AlreadyExists => s.already_exists,
        SystemError::IsADirectory => s.is_a_directory,
        SystemError::NotADirectory => s.not_a_directory,
        SystemError::NotEmpty => s.not_empty,
        SystemError::ReadOnly => s.read_only,
        SystemError::NoSpace => s.no_space,
        SystemError::Quota => s.quota,
        SystemError::TooLarge => s.too_large,
        SystemError::Loop => s.links,
        SystemError::Name => s.name,
        SystemError::Busy => s.busy,
        SystemError::Stale => s.stale,
        SystemError::InputOutput => s.input_output,
        SystemError::ManyFiles => s.many_files,
        SystemError::ManyFilesOnTheMachine => s.many_files_machine,
        SystemError::Refused => s.refused,
        SystemError::TimedOut => s.timed_out,
        SystemError::InUse => s.in_use,
        SystemError::NoAddress => s.no_address,
        SystemError::Unreachable => s.unreachable,
        SystemError::Reset => s.reset,
        SystemError::Unsupported => s.unsupported,
        SystemError::Other => s.other,
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::both::Words;

    /// Whatever the system reports, no German sentence has an English one in it that is not quoted.
    #[rstest]
    fn the_system_is_understood_in_german(
        #[values(
            1, 2, 4, 5, 13, 17, 20, 21, 23, 24, 26, 27, 28, 30, 36, 39, 40, 71, 99, 101, 104, 110,
            111, 113, 116, 122
        )]
        code: i32,
    ) {
        let error = io::Error::from_raw_os_error(code);
        let words = Words::of_io(&error);
        assert_eq!(words.in_lang(Lang::En), error.to_string());
        let german = words.in_lang(Lang::De);
        assert!(german.contains(&format!("(os error {code})")), "{german}");
        let english = error.to_string();
        let english = english.split(" (").next().unwrap_or_default();
        let quoted = german.contains(&format!("„{english}"));
        assert!(quoted || !german.contains(english), "{german}");
    }

    #[rstest]
    #[case(FileRefusal::Link, "Verknüpfung")]
    #[case(FileRefusal::Kind(FileKind::Pipe), "eine benannte Pipe")]
    #[case(FileRefusal::TooLarge { limit: 64 * 1024 * 1024 }, "64 MiB")]
    #[case(FileRefusal::Silent, "antwortet nicht")]
    #[case(FileRefusal::Scarce(Scarce::Threads), "kein weiterer Thread")]
    #[case(FileRefusal::System { error: SystemError::NoSpace, code: None }, "kein Platz")]
    #[case(FileRefusal::Said("bad header".into()), "„bad header“")]
    fn a_refusal_is_told_in_german(#[case] why: FileRefusal, #[case] said: &str) {
        let words = Words::of_refusal(&why);
        assert!(words.in_lang(Lang::De).contains(said), "{words:?}");
        assert_ne!(words.in_lang(Lang::De), words.in_lang(Lang::En));
    }
}
