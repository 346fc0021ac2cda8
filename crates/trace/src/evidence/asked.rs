//! Requests of ours, and what their answers settle.

use std::collections::BTreeMap;

use serde_json::Value;

use super::super::message::{Said, whole};
use super::super::question::Question;
use super::{Asked, Evidence, Found, Verdict};

/// A subscription of so many contacts is what lampfield sends.
const WHOLE_BATCH: usize = 50;
/// `invokeProblem`: the server does not know the operation.
const UNRECOGNISED: i64 = 1;

impl Evidence {
    pub(super) fn ask(&mut self, id: u64, name: &str, argument: &Value) {
        let contact = ["/absentstate/u8sContactId", "/u8sContactId", "/contactId"]
            .iter()
            .find_map(|path| argument.pointer(path)?.as_str());
        let contacts = argument.get("seqContactIDs").and_then(Value::as_array);
        let asked = Asked {
            name: name.to_owned(),
            contact: contact.map(str::to_owned),
            contacts: contacts.map_or(0, Vec::len),
        };
        let end = argument
            .pointer("/absentstate/stTimeTo")
            .and_then(Value::as_str);
        if let (Some(contact), Some(end)) = (contact, end) {
            let contact = self.contacts.entry(contact.to_owned()).or_default();
            contact.end_written = Some(end.to_owned());
        }
        self.pending.insert(id, asked);
    }

    pub(super) fn answer(&mut self, id: u64, said: &Said<'_>, line: u64) {
        let Some(asked) = self.pending.remove(&id) else {
            return;
        };
        match asked.name.as_str() {
            "asnAdminLogin" => self.admin_log_in(said, line),
            "asnAdminGetUserProfiles" => self.profiles(said, line),
            "asnGetAndSubscribePresenceV2" | "asnGetAndSubscribePresence" => {
                self.subscribed(&asked, said, line);
            }
            "asnSetUserAbsentState" | "asnAbsentStateSetUser" => self.was_set(&asked, said, line),
            "asnGetUserAbsentState" => self.absent_read(said, line),
            "asnGetLoggedInContactV2" | "asnGetLoggedInContact" => self.who_are_we(said, line),
            _ => {}
        }
    }

    fn admin_log_in(&mut self, said: &Said<'_>, line: u64) {
        match said {
            Said::Result(result) => {
                let code = whole(result.get("result")).unwrap_or(-1);
                self.confirm(Question::AdminLogIn, line, &format!("result {code}"));
            }
            Said::Error(code) => {
                self.contradict(Question::AdminLogIn, line, &format!("error {code}"));
            }
            Said::Reject(code) => {
                self.contradict(Question::AdminLogIn, line, &format!("reject {code}"));
            }
            Said::Invoke { .. } => {}
        }
    }

    /// A question that only UCServer can answer: refused where UCWeb is alone.
    fn who_are_we(&mut self, said: &Said<'_>, line: u64) {
        match said {
            Said::Error(code) => self.confirm(Question::ServerGone, line, &format!("error {code}")),
            Said::Reject(code) if *code != UNRECOGNISED => {
                self.confirm(Question::ServerGone, line, &format!("reject {code}"));
            }
            _ => {}
        }
    }

    fn profiles(&mut self, said: &Said<'_>, line: u64) {
        let Said::Result(result) = said else { return };
        let list = result.get("userProfiles").and_then(Value::as_array);
        for profile in list.into_iter().flatten() {
            let text = |name: &str| profile.get(name).and_then(Value::as_str);
            let home = text("u8sHomeServer").filter(|home| !home.is_empty());
            if let (Some(uri), Some(home)) = (text("u8sSIPURI"), home) {
                self.homes = line;
                self.contacts.entry(uri.to_owned()).or_default().home = Some(home.to_owned());
            }
        }
    }

    fn subscribed(&mut self, asked: &Asked, said: &Said<'_>, line: u64) {
        let is_v2 = asked.name.ends_with("V2");
        match said {
            Said::Result(result) => {
                self.names_v2 = Some(is_v2);
                let list = result
                    .get("seqSubscribedPresence")
                    .and_then(Value::as_array);
                for presence in list.into_iter().flatten() {
                    self.presence(presence, line, None);
                }
                self.empty_lists(list, line);
                self.rights_flag(list, line);
                self.batch(asked.contacts, Verdict::Confirmed, line);
            }
            Said::Reject(UNRECOGNISED) if is_v2 => self.names_v2 = Some(false),
            Said::Error(_) | Said::Reject(_) if asked.contacts > 1 => {
                self.batch(asked.contacts, Verdict::Contradicted, line);
            }
            _ => {}
        }
    }

    fn batch(&mut self, contacts: usize, verdict: Verdict, line: u64) {
        let settles = contacts >= WHOLE_BATCH || verdict == Verdict::Contradicted;
        let verdict = if settles { verdict } else { Verdict::Open };
        self.find(
            Question::SubscriptionSize,
            verdict,
            line,
            &contacts.to_string(),
        );
    }

    /// Whoever has no call: whether the list is there nevertheless.
    fn empty_lists(&mut self, list: Option<&Vec<Value>>, line: u64) {
        let lists = || {
            list.into_iter()
                .flatten()
                .map(|presence| presence.get("seqCalls"))
        };
        let is_empty = |calls: &Value| calls.as_array().is_some_and(Vec::is_empty);
        if lists().flatten().any(is_empty) {
            self.confirm(Question::EmptyCalls, line, "seqCalls: []");
        } else if lists().any(|calls| calls.is_some()) && lists().any(|calls| calls.is_none()) {
            self.confirm(Question::EmptyCalls, line, "-");
        }
    }

    fn rights_flag(&mut self, list: Option<&Vec<Value>>, line: u64) {
        let mut presences = list.into_iter().flatten();
        if presences.any(|presence| presence.get("iContactFeatureSet").is_some()) {
            self.confirm(Question::RightsFlag, line, "iContactFeatureSet");
        } else if list.is_some_and(|list| !list.is_empty()) {
            self.contradict(Question::RightsFlag, line, "-");
        }
    }

    fn was_set(&mut self, asked: &Asked, said: &Said<'_>, line: u64) {
        let may = asked
            .contact
            .as_ref()
            .and_then(|contact| self.contacts.get(contact));
        let may = may.and_then(|contact| contact.may_set).unwrap_or(false);
        let (worked, seen) = match said {
            Said::Result(result) => {
                let refused = result.get("bSuccess") == Some(&Value::Bool(false));
                (!refused, "result".to_owned())
            }
            Said::Error(code) => (false, format!("error {code}")),
            // An older server knows another name.
            Said::Reject(_) | Said::Invoke { .. } => return,
        };
        let bit = if may { "2048" } else { "-" };
        let seen = format!("{bit}: {seen}");
        if worked == may {
            self.confirm(Question::SetRight, line, &seen);
        } else {
            self.contradict(Question::SetRight, line, &seen);
        }
    }

    fn absent_read(&mut self, said: &Said<'_>, line: u64) {
        let Said::Result(result) = said else { return };
        let is_flat = result
            .get("eAbsentState")
            .or_else(|| result.get("iAbsentState"))
            .is_some();
        if result.get("absentstate").is_some() {
            self.confirm(Question::AbsentRead, line, "absentstate");
        } else if is_flat {
            self.confirm(Question::AbsentRead, line, "eAbsentState");
        } else {
            self.contradict(Question::AbsentRead, line, "-");
        }
    }

    /// Whether somebody of every node is visible, where there are several.
    pub(super) fn nodes(&self) -> Option<Found> {
        let mut nodes = BTreeMap::<&str, bool>::new();
        for contact in self.contacts.values() {
            if let Some(home) = &contact.home {
                *nodes.entry(home).or_default() |= contact.visible;
            }
        }
        let visible = nodes.values().filter(|visible| **visible).count();
        (nodes.len() > 1 && visible > 0).then(|| Found {
            verdict: if visible == nodes.len() {
                Verdict::Confirmed
            } else {
                Verdict::Contradicted
            },
            line: self.homes,
            seen: format!("{visible}/{}", nodes.len()),
        })
    }
}
