//! What is wrong with the files of a ProCall source, and with what is kept on disk, in words.

use std::fmt::Display;

use model::file_fault::{
    FileOperation, FileRefusal, SignInFault, SignInRefusal, StorageFault, StoragePart,
};
use model::source_fault::{
    CallShape, LineFault, ListFault, OddLine, OddRecord, SourceFault, SourceWarning,
};

use crate::fill::fill;
use crate::refusals::refusal;
use crate::texts::{SourceTexts, StorageTexts, Texts};

/// What was odd once and is passed over, in one sentence. Harmless where its names are.
#[must_use]
pub fn source_warning(of: &SourceWarning, t: &Texts) -> String {
    let s = &t.sources;
    match of {
        SourceWarning::Line { path, line } => format!("{path} {}", odd_line(line, t)),
        SourceWarning::MoreLines { path, count } => {
            fill(s.more_lines, &[("path", path), ("n", count)])
        }
        SourceWarning::NoCallsYet { path } => fill(s.no_calls_yet, &[("path", path)]),
        SourceWarning::Stranger { path, user } => {
            fill(s.stranger, &[("path", path), ("user", user)])
        }
        SourceWarning::OutAgain { path, dropped } => {
            fill(s.out_again, &[("path", path), ("n", dropped)])
        }
        SourceWarning::NotTakenBack { users } => fill(s.not_taken_back, &[("users", users)]),
        SourceWarning::OddRecord(record) => fill(s.odd_record, &[("what", &odd_record(record, s))]),
        SourceWarning::NoMessage { is_binary, count } => {
            let what = if *is_binary {
                s.binary_frame
            } else {
                s.no_rose
            };
            fill(s.no_message, &[("what", &what), ("n", count)])
        }
        SourceWarning::ServerClock { ahead } => {
            let side = if ahead.is_positive() {
                s.server_ahead
            } else {
                s.server_behind
            };
            fill(side, &[("n", &ahead.unsigned_abs().as_secs())])
        }
        SourceWarning::NamelessContacts { count } => fill(s.nameless_contacts, &[("n", count)]),
        SourceWarning::NamedOtherwise { listed, shown } => {
            fill(s.named_otherwise, &[("listed", listed), ("shown", shown)])
        }
        SourceWarning::ListStays { said } => fill(s.list_stays, &[("said", said)]),
        SourceWarning::NoLedger { path, why } => {
            let why = refusal(why, t.lang);
            fill(s.no_ledger, &[("path", path), ("why", &why)])
        }
        SourceWarning::NoAbsentState => s.no_absent_state.to_owned(),
        SourceWarning::LogsInAnew => s.logs_in_anew.to_owned(),
        SourceWarning::SentElsewhere { to } => fill(s.sent_elsewhere, &[("to", to)]),
    }
}

/// A line that is not as it should be, by its number.
#[must_use]
pub fn odd_line(line: &OddLine, t: &Texts) -> String {
    let s = &t.sources;
    let text = if line.fault.leaves_out() {
        &s.line
    } else {
        &s.line_odd
    };
    let why = line_fault(&line.fault, t);
    fill(text, &[("line", &line.number), ("why", &why)])
}

/// What is wrong with a line.
#[must_use]
pub fn line_fault(fault: &LineFault, t: &Texts) -> String {
    let s = &t.sources;
    match fault {
        LineFault::Quote => s.quote.to_owned(),
        LineFault::Fields { found, wanted } => {
            fill(s.fields, &[("found", found), ("wanted", wanted)])
        }
        LineFault::NoUserName => s.no_user_name.to_owned(),
        LineFault::EmptyUserName => s.empty_user_name.to_owned(),
        LineFault::LongName { length, limit } => {
            fill(s.long_name, &[("length", length), ("limit", limit)])
        }
        LineFault::Excluded { raw } => fill(s.excluded, &[("raw", raw)]),
        LineFault::LongLine { length, limit } => {
            fill(s.long_line, &[("length", length), ("limit", limit)])
        }
        LineFault::NoJson => s.no_json.to_owned(),
        LineFault::NotAnEvent { said, quote } => {
            fill(s.no_event, &[("said", said), ("quote", quote)])
        }
        LineFault::Unknown { field, raw, known } => {
            let values: [(&str, &dyn Display); 3] =
                [("field", field), ("raw", raw), ("known", known)];
            fill(s.unknown, &values)
        }
        LineFault::WrongState { kind, state } => {
            let kind = kind.as_str();
            fill(s.wrong_state, &[("kind", &kind), ("state", state)])
        }
    }
}

fn odd_record(record: &OddRecord, s: &SourceTexts) -> String {
    match record {
        OddRecord::NotUtf8 => s.odd_utf8.to_owned(),
        OddRecord::Call(shape) => fill(s.odd_call, &[("shape", &call_shape(shape, s))]),
        OddRecord::NoUserName { number } => fill(s.odd_user, &[("number", number)]),
        OddRecord::NoContact { number } => fill(s.odd_contact, &[("number", number)]),
    }
}

fn call_shape(shape: &CallShape, s: &SourceTexts) -> String {
    match shape {
        CallShape::List => s.shape_list.to_owned(),
        CallShape::NoStructure => s.shape_none.to_owned(),
        CallShape::Members(names) => fill(s.shape_members, &[("names", names)]),
    }
}

/// Why files of a ProCall source are not used, a sentence each.
pub(crate) fn source_faults(faults: &[SourceFault], t: &Texts) -> String {
    let said: Vec<_> = faults.iter().map(|fault| source_fault(fault, t)).collect();
    said.join(" | ")
}

fn source_fault(fault: &SourceFault, t: &Texts) -> String {
    let s = &t.sources;
    let because = |text: &str, path: &str, why: &FileRefusal| {
        fill(text, &[("path", &path), ("why", &refusal(why, t.lang))])
    };
    match fault {
        SourceFault::Users { path, why, kept } => {
            let (why, meanwhile) = (list_fault(why, t), list_in_force(*kept, s));
            let values: [(&str, &dyn Display); 3] =
                [("path", path), ("why", &why), ("meanwhile", &meanwhile)];
            fill(s.list, &values)
        }
        SourceFault::Calls { path, why } => because(s.calls, path, why),
        SourceFault::CallsGone { path } => fill(s.calls_gone, &[("path", path)]),
        SourceFault::Out { path, why } => because(s.out, path, why),
        SourceFault::OutSlow { path } => fill(s.out_slow, &[("path", path)]),
        SourceFault::OutNotStarted { path, why } => because(s.out_not_started, path, why),
        SourceFault::NotStarted { why } => because(s.not_started, "", why),
        SourceFault::Hangs => s.hangs.to_owned(),
    }
}

fn list_fault(why: &ListFault, t: &Texts) -> String {
    let s = &t.sources;
    match why {
        ListFault::Unread(why) => fill(s.list_unread, &[("why", &refusal(why, t.lang))]),
        ListFault::Empty => s.list_empty.to_owned(),
        ListFault::Workbook => s.list_workbook.to_owned(),
        ListFault::NoUserName { found } => fill(s.list_no_user_name, &[("found", found)]),
        ListFault::NoUsers => s.list_no_users.to_owned(),
        ListFault::NoLine => s.list_no_line.to_owned(),
    }
}

fn list_in_force(kept: Option<u32>, s: &SourceTexts) -> String {
    match kept {
        Some(users) => fill(s.list_kept, &[("n", &users)]),
        None => s.list_none.to_owned(),
    }
}

/// What is not kept on disk, and what to do.
pub(crate) fn storage_fault(fault: &StorageFault, t: &Texts) -> (String, String) {
    let s = &t.storage;
    let (what, remedy) = of_part(fault, s);
    let why = refusal(&fault.refusal, t.lang);
    (
        fill(what, &[("path", &fault.path), ("why", &why)]),
        remedy.to_owned(),
    )
}

/// Why the file of a user's sign-in is not used, and what to do.
pub(crate) fn sign_in_fault(fault: &SignInFault, t: &Texts) -> (String, String) {
    let s = &t.sign_in;
    let (what, remedy) = match &fault.why {
        SignInRefusal::Nobody => (s.nobody, s.nobody_do),
        SignInRefusal::Exposed { .. } => (s.exposed, s.again_do),
        SignInRefusal::Damaged => (s.damaged, s.again_do),
        SignInRefusal::Foreign => (s.foreign, s.again_do),
        SignInRefusal::Unusable(FileOperation::Read, _) => (s.unread, s.rights_do),
        SignInRefusal::Unusable(FileOperation::Write, _) => (s.unwritten, s.rights_do),
    };
    let mode = match fault.why {
        SignInRefusal::Exposed { mode } => format!("{mode:04o}"),
        _ => String::new(),
    };
    let why = match &fault.why {
        SignInRefusal::Unusable(_, why) => refusal(why, t.lang),
        _ => String::new(),
    };
    let values: [(&str, &dyn Display); 3] = [("path", &fault.path), ("mode", &mode), ("why", &why)];
    (fill(what, &values), remedy.to_owned())
}

fn of_part<'t>(fault: &StorageFault, s: &'t StorageTexts) -> (&'t str, &'t str) {
    let full = fault.refusal.is_full();
    match (fault.part, fault.operation) {
        (StoragePart::Log, _) if fault.refusal == FileRefusal::Silent => (s.log, s.log_silent_do),
        (StoragePart::Log, _) if full => (s.log, s.log_full_do),
        (StoragePart::Log, _) => (s.log, s.log_do),
        (StoragePart::Ledger, FileOperation::Read) => (s.ledger_read, s.ledger_do),
        (StoragePart::Ledger, FileOperation::Write) if full => (s.ledger, s.ledger_full_do),
        (StoragePart::Ledger, FileOperation::Write) => (s.ledger, s.ledger_do),
        (StoragePart::Lock, _) => (s.lock, s.lock_do),
        (StoragePart::State, _) => (s.state, s.state_do),
        (StoragePart::Recording, _) if full => (s.recording, s.recording_full_do),
        (StoragePart::Recording, _) => (s.recording, s.recording_do),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use model::cause::Cause;
    use model::file_fault::{FileKind, SystemError};
    use model::presence::CallKind;

    use super::*;
    use crate::causes::{cause, explained, trouble};
    use crate::texts;
    use model::presence::Lang;

    fn no_space() -> FileRefusal {
        FileRefusal::System {
            error: SystemError::NoSpace,
            code: Some(28),
        }
    }

    fn lists() -> Vec<ListFault> {
        vec![
            ListFault::Unread(FileRefusal::Kind(FileKind::Folder)),
            ListFault::Empty,
            ListFault::Workbook,
            ListFault::NoUserName {
                found: "name".into(),
            },
            ListFault::NoUsers,
            ListFault::NoLine,
        ]
    }

    fn faults() -> Vec<SourceFault> {
        let path: Arc<str> = "/x/y".into();
        let why = no_space();
        let of_lists = lists()
            .into_iter()
            .zip([None, Some(1), None, Some(7), None, None]);
        let of_lists = of_lists.map(|(why, kept)| SourceFault::Users {
            path: Arc::clone(&path),
            why,
            kept,
        });
        let others = [
            SourceFault::Calls {
                path: path.clone(),
                why: why.clone(),
            },
            SourceFault::CallsGone { path: path.clone() },
            SourceFault::Out {
                path: path.clone(),
                why: why.clone(),
            },
            SourceFault::OutSlow { path: path.clone() },
            SourceFault::OutNotStarted {
                path: path.clone(),
                why: why.clone(),
            },
            SourceFault::NotStarted { why },
            SourceFault::Hangs,
        ];
        of_lists.chain(others).collect()
    }

    fn line_faults() -> Vec<LineFault> {
        vec![
            LineFault::Quote,
            LineFault::Fields {
                found: 5,
                wanted: 4,
            },
            LineFault::NoUserName,
            LineFault::EmptyUserName,
            LineFault::LongName {
                length: 300,
                limit: 256,
            },
            LineFault::Excluded { raw: "x y".into() },
            LineFault::LongLine {
                length: 9,
                limit: 8,
            },
            LineFault::NoJson,
            LineFault::NotAnEvent {
                said: "expected ident".into(),
                quote: "n".into(),
            },
            LineFault::Unknown {
                field: "kind",
                raw: "fax".into(),
                known: "tapi",
            },
            LineFault::WrongState {
                kind: CallKind::Tapi,
                state: "busy".into(),
            },
        ]
    }

    fn warnings() -> Vec<SourceWarning> {
        let path: Arc<str> = "/x/y".into();
        let lines = line_faults().into_iter().map(|fault| SourceWarning::Line {
            path: Arc::clone(&path),
            line: OddLine { number: 3, fault },
        });
        let records = [
            OddRecord::NotUtf8,
            OddRecord::Call(CallShape::List),
            OddRecord::Call(CallShape::NoStructure),
            OddRecord::Call(CallShape::Members("a, b".into())),
            OddRecord::NoUserName { number: 1 },
            OddRecord::NoContact { number: 2 },
        ];
        let others = [
            SourceWarning::MoreLines {
                path: path.clone(),
                count: 1,
            },
            SourceWarning::NoCallsYet { path: path.clone() },
            SourceWarning::Stranger {
                path: path.clone(),
                user: "anna".into(),
            },
            SourceWarning::OutAgain {
                path: path.clone(),
                dropped: 2,
            },
            SourceWarning::NotTakenBack {
                users: "anna, bert".into(),
            },
        ];
        let records = records.into_iter().map(SourceWarning::OddRecord);
        lines.chain(records).chain(others).collect()
    }

    /// Filled in, and another one in the other language.
    fn is_told_in_both(said: impl Fn(&Texts) -> String) {
        let [german, english] = [Lang::De, Lang::En].map(|lang| said(texts(lang)));
        for text in [&german, &english] {
            assert!(!text.is_empty() && !text.contains(['{', '}']), "{text}");
        }
        assert_ne!(german, english);
    }

    #[test]
    fn what_a_source_says_is_told_in_both_languages() {
        for fault in faults() {
            is_told_in_both(|t| source_fault(&fault, t));
        }
        for warning in warnings() {
            is_told_in_both(|t| source_warning(&warning, t));
        }
    }

    #[test]
    fn a_sign_in_that_is_not_used_is_told_in_both_languages() {
        let file = |operation| SignInRefusal::Unusable(operation, no_space());
        for why in [
            SignInRefusal::Nobody,
            SignInRefusal::Exposed { mode: 0o644 },
            SignInRefusal::Damaged,
            SignInRefusal::Foreign,
            file(FileOperation::Read),
            file(FileOperation::Write),
        ] {
            let path = "/x/y".into();
            let of = Cause::SignInFile(Arc::new(SignInFault { path, why }));
            is_told_in_both(|t| cause(&of, t).0);
            is_told_in_both(|t| cause(&of, t).1);
        }
    }

    #[test]
    fn what_is_not_kept_on_disk_is_named_with_the_reason_and_what_to_do() {
        let parts = [
            StoragePart::Log,
            StoragePart::Ledger,
            StoragePart::Lock,
            StoragePart::State,
            StoragePart::Recording,
        ];
        let why = [no_space(), FileRefusal::Silent, FileRefusal::Replaced];
        let operations = [FileOperation::Read, FileOperation::Write];
        for (part, refusal) in parts
            .iter()
            .flat_map(|part| why.iter().map(move |why| (part, why)))
        {
            for operation in operations {
                let fault = StorageFault {
                    part: *part,
                    path: "/x/y".into(),
                    operation,
                    refusal: refusal.clone(),
                };
                is_told_in_both(|t| storage_fault(&fault, t).0);
                is_told_in_both(|t| storage_fault(&fault, t).1);
                let (what, _) = storage_fault(&fault, texts(Lang::De));
                assert!(what.contains("/x/y"), "{what}");
            }
        }
    }

    /// Several at a time stand in one line; a parser's own English is quoted.
    #[test]
    fn the_german_screen_says_which_file_and_why() {
        let path: Arc<str> = "users.csv".into();
        let why = ListFault::Unread(FileRefusal::System {
            error: SystemError::NotFound,
            code: Some(2),
        });
        let list = SourceFault::Users {
            path,
            why,
            kept: Some(12),
        };
        let told = explained(Cause::Files([list, SourceFault::Hangs].into()));
        let german = trouble(&told, texts(Lang::De));
        for part in [
            "users.csv: nicht zu lesen: Datei oder Verzeichnis gibt es nicht (os error 2)",
            "die letzte gute Liste mit 12 Benutzern gilt weiter | die Dateien antworten nicht",
        ] {
            assert!(german.contains(part), "{german}");
        }
        assert!(
            told.message
                .contains("the last good list of 12 users stays"),
            "{told}"
        );
        let english = cause(&told.cause, texts(Lang::En)).0;
        assert_eq!(*told.message, english);
        let odd = LineFault::NotAnEvent {
            said: "expected ident".into(),
            quote: "n".into(),
        };
        assert!(line_fault(&odd, texts(Lang::De)).contains("„expected ident“"));
    }
}
