//! Who is there: the contacts that we watch, and which user each one is.

use rustc_hash::{FxHashMap, FxHashSet};

use super::contact::{Contact, SeenCall};
use super::settings::UcServerSettings;
use super::wire::{Profile, bits};
use crate::mark::ListMark;
use crate::{CallEvent, CallState, Obstacle, UserFacts};
use model::presence::{ContactUri, MatchKey, ProcallUser, UserName};
use model::string_pool::Substr;
use model::text::harmless_up_to;

/// Longest name or number that is kept, in characters.
const NAME_LIMIT: usize = 120;

/// A user as the list names it. A monitor group or a list of contacts knows only the contact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Listed {
    contact: Option<ContactUri>,
    user_name: Option<UserName>,
    display_name: Option<Substr>,
    phone: Option<Substr>,
    /// The user's own right, not what a group adds to it.
    teams_right: Option<bool>,
}

impl Listed {
    /// Only the contact is known.
    pub(crate) const fn contact(contact: ContactUri) -> Self {
        Self {
            contact: Some(contact),
            user_name: None,
            display_name: None,
            phone: None,
            teams_right: None,
        }
    }

    /// From an administrator's profile; nothing for a user who is disabled or has no name.
    pub(crate) fn from_profile(profile: Profile) -> Option<Self> {
        if !profile.is_enabled() {
            return None;
        }
        let present = |text: &String| !text.trim().is_empty();
        let user_name = UserName::new(profile.user_name.as_ref().filter(|t| present(t))?);
        let display_name = profile.remote.and_then(|remote| remote.display_name);
        let texts = [display_name.as_deref(), profile.phone.as_deref()];
        let [display_name, phone] = texts.map(|text| text.map(short));
        let texts = [&display_name, &phone].map(|text| text.as_deref().unwrap_or_default());
        let (user_name, [display, number]) = user_name.beside(texts);
        Some(Self {
            user_name: Some(user_name),
            contact: profile
                .contact
                .filter(present)
                .map(|contact| ContactUri::new(&contact)),
            display_name: display_name.map(|_| display),
            phone: phone.map(|_| number),
            teams_right: profile
                .static_rights2
                .map(|word| word & bits::USE_TEAMS != 0),
        })
    }
}

/// Somebody on the list.
#[derive(Clone, Debug)]
pub(crate) struct Member {
    listed: Listed,
    /// What is shown of the contact; nothing where UCServer shows us nothing.
    pub(crate) contact: Option<Contact>,
    /// The calls that the bridge was told of.
    told: Vec<SeenCall>,
    names_missing_right: bool,
    /// The facts that the bridge was told.
    told_facts: Option<UserFacts>,
}

/// Everybody on the list.
#[derive(Debug, Default)]
pub(crate) struct Roster {
    /// Boxed: a table of 20,000 has room for half as many again.
    members: FxHashMap<MatchKey, Box<Member>>,
    /// In the order of the list.
    order: Vec<MatchKey>,
    by_user: FxHashMap<MatchKey, MatchKey>,
    told_users: Option<ListMark>,
    /// Users that are left alone.
    excluded: FxHashSet<MatchKey>,
    /// A missing right to set the presence is an obstacle, wished for or not.
    names_missing_right: bool,
}

impl Roster {
    /// A roster without users: the lists come later.
    pub(crate) fn new(settings: &UcServerSettings) -> Self {
        Self {
            excluded: settings.exclude.iter().map(UserName::key).collect(),
            names_missing_right: settings.names_missing_right,
            ..Self::default()
        }
    }

    /// Takes a new list over. What is known of those who stay is kept; returns what happened to
    /// the calls of those who are gone, and their contacts.
    pub(crate) fn replace(&mut self, list: Vec<Listed>) -> (Vec<CallEvent>, Vec<ContactUri>) {
        let mut seen = FxHashSet::default();
        self.order.clear();
        for listed in list {
            let Some(key) = listed.key() else {
                continue;
            };
            if seen.insert(key.clone()) {
                self.order.push(key.clone());
                self.take(key, listed);
            }
        }
        let gone: Vec<_> = self
            .members
            .keys()
            .filter(|key| !seen.contains(*key))
            .cloned()
            .collect();
        let mut ended = Vec::new();
        let mut contacts = Vec::new();
        for key in gone {
            ended.extend(self.remove(&key));
            contacts.push(ContactUri::new(key.as_str()));
        }
        (ended, contacts)
    }

    fn take(&mut self, key: MatchKey, listed: Listed) {
        if let Some(member) = self.members.get_mut(&key) {
            member.listed = listed;
            return;
        }
        let member = Member::new(listed, self.names_missing_right);
        self.members.insert(key, Box::new(member));
    }

    /// Somebody is gone: what happened to the calls.
    pub(crate) fn remove(&mut self, key: &MatchKey) -> Vec<CallEvent> {
        self.order.retain(|one| one != key);
        let Some(mut member) = self.members.remove(key) else {
            return Vec::new();
        };
        member.contact = None;
        member.news()
    }

    /// The member with this contact.
    pub(crate) fn member(&mut self, key: &MatchKey) -> Option<&mut Member> {
        self.members.get_mut(key).map(Box::as_mut)
    }

    /// The member with this user name, by contact.
    pub(crate) fn by_user(&self, user: &MatchKey) -> Option<&MatchKey> {
        self.by_user.get(user)
    }

    /// All, in the order of the list.
    pub(crate) fn members(&self) -> impl Iterator<Item = (&MatchKey, &Member)> {
        self.order
            .iter()
            .filter_map(|key| self.members.get_key_value(key))
            .map(|(key, member)| (key, member.as_ref()))
    }

    /// All contacts that can be subscribed, in the order of the list.
    pub(crate) fn contacts(&self) -> Vec<ContactUri> {
        self.members()
            .filter_map(|(_, member)| member.listed.contact.clone())
            .collect()
    }

    /// How many members have no user name (yet), so nobody can be matched with them.
    pub(crate) fn nameless(&self) -> usize {
        self.members()
            .filter(|(_, member)| member.user_name().is_none())
            .count()
    }

    /// Members whose contact shows another user name than the list.
    pub(crate) fn contradictions(&self) -> impl Iterator<Item = (&UserName, UserName)> {
        self.members().filter_map(|(_, member)| {
            let listed = member.listed.user_name.as_ref()?;
            let shown = member.contact.as_ref()?.remote()?.user_name.as_deref()?;
            let shown = UserName::new(shown);
            (listed.key() != shown.key()).then_some((listed, shown))
        })
    }

    /// The users, if they are others than the last time.
    pub(crate) fn changed_users(&mut self) -> Option<Vec<ProcallUser>> {
        let users = self.members().filter_map(|(_, m)| m.user(&self.excluded));
        let mut users: Vec<_> = users.collect();
        // The bridge keeps it.
        users.shrink_to_fit();
        self.by_user = self
            .members()
            .filter_map(|(key, member)| Some((member.user_name()?.key(), key.clone())))
            .collect();
        let told = self.told_users.replace(ListMark::from_users(&users));
        (told != self.told_users).then_some(users)
    }

    /// All calls that last or ring; from now on only changes are news.
    pub(crate) fn all_calls(&mut self) -> Vec<CallEvent> {
        let mut all = Vec::new();
        for key in &self.order {
            let Some(member) = self.members.get_mut(key) else {
                continue;
            };
            member.told.clear();
            all.extend(member.news());
        }
        all
    }

    /// Facts that changed since they were last asked for.
    pub(crate) fn changed_facts(
        &mut self,
        obstacle: impl Fn(&MatchKey) -> Option<Obstacle>,
    ) -> Vec<UserFacts> {
        self.members
            .values_mut()
            .filter_map(|member| member.fact_news(&obstacle))
            .collect()
    }
}

impl Listed {
    /// By contact; a user without one by name, which no contact can equal.
    fn key(&self) -> Option<MatchKey> {
        match (&self.contact, &self.user_name) {
            (Some(contact), _) => Some(contact.key()),
            (None, Some(user)) => Some(MatchKey::new(&format!("user {user}"))),
            (None, None) => None,
        }
    }
}

impl Member {
    const fn new(listed: Listed, names_missing_right: bool) -> Self {
        Self {
            names_missing_right,
            listed,
            contact: None,
            told: Vec::new(),
            told_facts: None,
        }
    }

    /// The contact to subscribe.
    pub(crate) const fn contact_uri(&self) -> Option<&ContactUri> {
        self.listed.contact.as_ref()
    }

    /// The user name: of the list, else as the contact shows it.
    pub(crate) fn user_name(&self) -> Option<UserName> {
        let shown = || self.contact.as_ref()?.remote()?.user_name.as_deref();
        self.listed
            .user_name
            .clone()
            .or_else(|| shown().filter(|name| !name.is_empty()).map(UserName::new))
    }

    fn user(&self, excluded: &FxHashSet<MatchKey>) -> Option<ProcallUser> {
        let user_name = self.user_name()?;
        let remote = self.contact.as_ref().and_then(Contact::remote);
        let shown = |text: Option<&str>| text.map(short);
        let display = self.listed.display_name.clone();
        let display = display.or_else(|| shown(remote?.display_name.as_deref()));
        let phone = self.listed.phone.clone();
        let phone = phone.or_else(|| shown(remote?.phone.as_deref()));
        Some(ProcallUser {
            display_name: display.unwrap_or_else(|| short(user_name.as_str())),
            phone: phone.unwrap_or_default(),
            excluded: excluded.contains(&user_name.key()),
            user_name,
        })
    }

    /// What happened to the calls since this was last asked for.
    pub(crate) fn news(&mut self) -> Vec<CallEvent> {
        let Some(user_name) = self.user_name() else {
            return self.farewell();
        };
        let now = self
            .contact
            .as_ref()
            .map(Contact::calls)
            .unwrap_or_default();
        let is_gone = |told: &&SeenCall| !now.iter().any(|call| call.key == told.key);
        let ended = self.told.iter().filter(is_gone).map(|call| SeenCall {
            state: CallState::Ended,
            ..call.clone()
        });
        let changed = now.iter().filter(|call| !self.told.contains(call)).cloned();
        let events: Vec<_> = ended
            .chain(changed)
            .map(|call| event(&user_name, call))
            .collect();
        self.told = now;
        events
    }

    /// Without a name nothing can be told.
    fn farewell(&mut self) -> Vec<CallEvent> {
        self.told.clear();
        Vec::new()
    }

    /// What the contact says of the names and the list says as well is kept once.
    pub(crate) fn keep_names_once(&mut self) {
        let Some(contact) = &mut self.contact else {
            return;
        };
        let listed = &self.listed;
        let same_name = |shown: &String| {
            let name = listed.user_name.as_ref();
            name.is_some_and(|name| name.as_str() == shown)
        };
        let same = |shown: &String, listed: Option<&Substr>| listed == Some(&short(shown));
        contact.keep_of_remote(|remote| {
            remote.user_name.take_if(|shown| same_name(shown));
            let display = listed.display_name.as_ref();
            remote.display_name.take_if(|shown| same(shown, display));
            let phone = listed.phone.as_ref();
            remote.phone.take_if(|shown| same(shown, phone));
        });
    }

    /// The facts, if they are others than the last time.
    pub(crate) fn fact_news(
        &mut self,
        obstacle: impl Fn(&MatchKey) -> Option<Obstacle>,
    ) -> Option<UserFacts> {
        let facts = self.facts(obstacle)?;
        let dull =
            facts.teams_right.is_none() && facts.shows.is_none() && facts.obstacles.is_empty();
        if self.told_facts.as_ref() == Some(&facts) || (self.told_facts.is_none() && dull) {
            return None;
        }
        self.told_facts = Some(facts.clone());
        Some(facts)
    }

    fn facts(&self, obstacle: impl Fn(&MatchKey) -> Option<Obstacle>) -> Option<UserFacts> {
        let user_name = self.user_name()?;
        let mut obstacles = Vec::new();
        match &self.contact {
            None => obstacles.push(Obstacle::NotVisible),
            Some(contact) if contact.hides_calls() => obstacles.push(Obstacle::CallsHidden),
            Some(contact) if contact.is_puzzling() => {
                obstacles.push(Obstacle::CallNotUnderstood);
            }
            Some(_) => {}
        }
        let of_lease = obstacle(&user_name.key());
        let may_not = |contact: &Contact| self.names_missing_right && !contact.may_set_absent();
        if of_lease.is_none() && self.contact.as_ref().is_some_and(may_not) {
            obstacles.push(Obstacle::MayNotSetPresence);
        }
        obstacles.extend(of_lease);
        let shown = self.contact.as_ref().and_then(Contact::teams_right);
        Some(UserFacts {
            user_name,
            // The contact shows the effective right, the profile only the user's own.
            teams_right: shown.or(self.listed.teams_right),
            shows: self.contact.as_ref().and_then(Contact::shows),
            obstacles,
        })
    }
}

fn event(user_name: &UserName, call: SeenCall) -> CallEvent {
    CallEvent {
        user_name: user_name.clone(),
        key: call.key,
        kind: call.kind,
        state: call.state,
    }
}

fn short(text: &str) -> Substr {
    harmless_up_to(text, NAME_LIMIT).into()
}
