//! The faults in force, and which of them meet a request.

use jiff::Timestamp;
use rand::Rng;
use rand_chacha::ChaCha8Rng;
use uuid::Uuid;

use super::fault::{Fault, FaultKind, On};
use model::clock::advance;

#[derive(Debug)]
struct Active {
    fault: Fault,
    from: Timestamp,
    until: Option<Timestamp>,
}

impl Active {
    fn holds(&self, now: Timestamp) -> bool {
        now >= self.from && self.until.is_none_or(|end| now < end) && self.fault.times != Some(0)
    }
}

/// A fault that meets a request: what, and whom it is restricted to.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Met {
    pub(super) kind: FaultKind,
    pub(super) user: Option<String>,
    pub(super) chance: f64,
}

impl Met {
    /// Whether a fault of values concerns the user of this id. Without a name it concerns the
    /// same share of all users every time, so that an odd value stays where it is.
    pub(super) fn concerns(&self, id: Uuid, id_of: impl Fn(&str) -> Option<Uuid>) -> bool {
        match &self.user {
            Some(name) => Uuid::try_parse(name).ok().or_else(|| id_of(name)) == Some(id),
            None => f64::from(id.as_fields().0) <= self.chance * f64::from(u32::MAX),
        }
    }
}

/// All faults in force.
#[derive(Debug, Default)]
pub(super) struct Faults(Vec<Active>);

impl Faults {
    /// From `now` (plus its delay) on.
    pub(super) fn add(&mut self, fault: Fault, now: Timestamp) {
        let seconds = |s: f64| std::time::Duration::try_from_secs_f64(s).unwrap_or_default();
        let from = advance(now, seconds(fault.after_s));
        let until = fault.for_s.map(|s| advance(from, seconds(s)));
        self.0.push(Active { fault, from, until });
    }

    /// Whether there is none.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// None any more.
    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    /// Those that meet a request to `endpoint`; `concerns` says whether it is about a user.
    pub(super) fn meet(
        &mut self,
        endpoint: On,
        concerns: impl Fn(&str) -> bool,
        now: Timestamp,
        rng: &mut ChaCha8Rng,
    ) -> Vec<Met> {
        let mut met = Vec::new();
        for active in self.0.iter_mut().filter(|active| active.holds(now)) {
            let fault = &mut active.fault;
            let named = fault.user.as_deref().is_none_or(&concerns);
            let certain = fault.chance >= 1.0 || fault.kind.is_of_values();
            let drawn = certain || rng.gen_bool(fault.chance.clamp(0.0, 1.0));
            let fits = fault.on.meets(endpoint) && fault.kind.can_meet(endpoint);
            if !fits || !named || !drawn {
                continue;
            }
            fault.times = fault.times.map(|left| left.saturating_sub(1));
            met.push(Met {
                kind: fault.kind.clone(),
                user: fault.user.clone(),
                chance: fault.chance,
            });
        }
        self.0.retain(|active| {
            active.fault.times != Some(0) && active.until.is_none_or(|end| now < end)
        });
        met
    }

    /// What is in force right now, for the control.
    pub(super) fn list(&self, now: Timestamp) -> Vec<Fault> {
        let in_force = self.0.iter().filter(|active| active.holds(now));
        in_force.map(|active| active.fault.clone()).collect()
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rstest::rstest;

    use super::*;

    fn met(faults: &mut Faults, endpoint: On, user: &str, second: u64) -> usize {
        let now = advance(
            Timestamp::UNIX_EPOCH,
            std::time::Duration::from_secs(second),
        );
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        faults.meet(endpoint, |u| u == user, now, &mut rng).len()
    }

    #[rstest]
    #[case(On::Any, On::Token, true)]
    #[case(On::Graph, On::Token, false)]
    #[case(On::Graph, On::Users, true)]
    #[case(On::Presence, On::Clear, true)]
    #[case(On::Presence, On::Users, false)]
    #[case(On::Directory, On::Delta, true)]
    #[case(On::Set, On::Clear, false)]
    fn a_fault_meets_its_endpoints(#[case] on: On, #[case] endpoint: On, #[case] expected: bool) {
        let mut faults = Faults::default();
        faults.add(Fault::new(FaultKind::Reset).on(on), Timestamp::UNIX_EPOCH);
        assert_eq!(met(&mut faults, endpoint, "", 0) == 1, expected);
    }

    #[test]
    fn a_fault_with_a_count_ends_after_it() {
        let mut faults = Faults::default();
        faults.add(Fault::new(FaultKind::Reset).times(2), Timestamp::UNIX_EPOCH);
        let hits: Vec<_> = (0..4).map(|s| met(&mut faults, On::Users, "", s)).collect();
        assert_eq!(hits, [1, 1, 0, 0]);
    }

    #[test]
    fn a_fault_has_a_beginning_and_an_end() {
        let mut faults = Faults::default();
        faults.add(
            Fault::new(FaultKind::Reset).after(10.0).lasting(5.0),
            Timestamp::UNIX_EPOCH,
        );
        let hits: Vec<_> = [9, 10, 14, 15]
            .map(|s| met(&mut faults, On::Users, "", s))
            .into();
        assert_eq!(hits, [0, 1, 1, 0]);
    }

    #[test]
    fn a_count_is_used_up_only_where_the_fault_can_show() {
        let mut faults = Faults::default();
        let entra = Fault::new(FaultKind::Entra { code: 7_000_222 });
        faults.add(entra.times(1), Timestamp::UNIX_EPOCH);
        assert_eq!(met(&mut faults, On::Users, "", 0), 0);
        assert_eq!(met(&mut faults, On::Token, "", 0), 1);
    }

    #[test]
    fn a_fault_of_one_user_spares_the_others() {
        let mut faults = Faults::default();
        faults.add(
            Fault::new(FaultKind::status(500)).for_user("anna"),
            Timestamp::UNIX_EPOCH,
        );
        assert_eq!(met(&mut faults, On::Set, "bernd", 0), 0);
        assert_eq!(met(&mut faults, On::Set, "anna", 0), 1);
    }
}
