//! What people do at work: scenes of a few steps each, drawn by their weight.

use rand::Rng;
use rand_chacha::ChaCha8Rng;

use super::script::{PbxCall, PbxKind, PbxState, TeamsAct};

/// What somebody does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Act {
    Teams(TeamsAct),
    Pbx(PbxCall),
}

/// Seconds after the scene's beginning, and what happens then.
pub(super) type TimedAct = (f64, Act);

/// One thing that somebody does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scene {
    DeskCall,
    Softphone,
    AvChat,
    Missed,
    ProcallMeeting,
    ProcallManual,
    TeamsCall,
    TeamsMeeting,
    Appointment,
    Idle,
    Leave,
    Manual,
    /// A call of somebody with a status by hand: the lease is masked.
    CallBehindManual,
    /// A call in ProCall, and one in Teams before it ends.
    Overlap,
    OutOfOffice,
}

/// How often each is played.
const WEIGHTS: [(Scene, u32); 15] = [
    (Scene::DeskCall, 24),
    (Scene::Softphone, 10),
    (Scene::AvChat, 6),
    (Scene::Missed, 7),
    (Scene::ProcallMeeting, 5),
    (Scene::ProcallManual, 3),
    (Scene::TeamsCall, 13),
    (Scene::TeamsMeeting, 8),
    (Scene::Appointment, 5),
    (Scene::Idle, 11),
    (Scene::Leave, 3),
    (Scene::Manual, 4),
    (Scene::CallBehindManual, 2),
    (Scene::Overlap, 3),
    (Scene::OutOfOffice, 1),
];

const fn pbx(kind: PbxKind, state: PbxState) -> Act {
    Act::Pbx(PbxCall { kind, state })
}

fn by_hand(availability: &str) -> Act {
    Act::Teams(TeamsAct::Manual {
        availability: Some(availability.to_owned()),
        activity: None,
    })
}

/// Ringing, talking, over.
fn call(kind: PbxKind, ringing_at: f64, answered_at: f64, over_at: f64) -> Vec<TimedAct> {
    vec![
        (ringing_at, pbx(kind, PbxState::Ringing)),
        (answered_at, pbx(kind, PbxState::Connected)),
        (over_at, pbx(kind, PbxState::Ended)),
    ]
}

/// The fixed plan of the first people.
pub(super) fn highlights() -> Vec<Vec<TimedAct>> {
    let teams = Act::Teams;
    vec![
        // Set at once, renewed after three minutes, cleared before the fifth.
        call(PbxKind::Tapi, 6.0, 10.0, 262.0),
        call(PbxKind::Softphone, 14.0, 18.0, 62.0),
        vec![
            (22.0, by_hand("Away")),
            (32.0, pbx(PbxKind::Tapi, PbxState::Connected)),
            (96.0, pbx(PbxKind::Tapi, PbxState::Ended)),
            (125.0, teams(TeamsAct::Automatic)),
        ],
        vec![
            (40.0, pbx(PbxKind::Tapi, PbxState::Connected)),
            (56.0, teams(TeamsAct::Call)),
            (100.0, pbx(PbxKind::Tapi, PbxState::Ended)),
            (155.0, teams(TeamsAct::HangUp)),
        ],
        vec![
            (48.0, pbx(PbxKind::Meeting, PbxState::Connected)),
            (140.0, pbx(PbxKind::Meeting, PbxState::Ended)),
        ],
        vec![
            (27.0, pbx(PbxKind::Tapi, PbxState::Ringing)),
            (45.0, pbx(PbxKind::Tapi, PbxState::Ended)),
        ],
    ]
}

impl Scene {
    /// One of them, by weight.
    pub(super) fn draw(rng: &mut ChaCha8Rng) -> Self {
        let sum: u32 = WEIGHTS.iter().map(|(_, weight)| weight).sum();
        let mut left = rng.gen_range(0..sum);
        for (scene, weight) in WEIGHTS {
            match left.checked_sub(weight) {
                Some(rest) => left = rest,
                None => return scene,
            }
        }
        Self::DeskCall
    }

    /// Its steps from the beginning.
    pub(super) fn steps(self, rng: &mut ChaCha8Rng) -> Vec<TimedAct> {
        let mut between = |from: f64, to: f64| rng.gen_range(from..to);
        let answered = between(2.0, 9.0);
        let talked = answered + between(15.0, 240.0);
        match self {
            Self::DeskCall => call(PbxKind::Tapi, 0.0, answered, talked),
            Self::Softphone => call(PbxKind::Softphone, 0.0, answered, talked),
            Self::AvChat => call(PbxKind::AvChat, 0.0, answered, talked),
            Self::Missed => vec![
                (0.0, pbx(PbxKind::Tapi, PbxState::Ringing)),
                (between(8.0, 25.0), pbx(PbxKind::Tapi, PbxState::Ended)),
            ],
            Self::ProcallMeeting => vec![
                (0.0, pbx(PbxKind::Meeting, PbxState::Connected)),
                (
                    between(120.0, 480.0),
                    pbx(PbxKind::Meeting, PbxState::Ended),
                ),
            ],
            Self::ProcallManual => vec![
                (0.0, pbx(PbxKind::Manual, PbxState::DoNotDisturb)),
                (
                    between(60.0, 300.0),
                    pbx(PbxKind::Manual, PbxState::Present),
                ),
            ],
            Self::CallBehindManual => masked(answered, talked),
            Self::Overlap => overlap(answered, talked, between(10.0, 90.0)),
            _ => self.teams_steps(rng),
        }
    }

    /// Its steps where it plays in Teams alone.
    fn teams_steps(self, rng: &mut ChaCha8Rng) -> Vec<TimedAct> {
        let teams = Act::Teams;
        let lasting = |from: f64, to: f64, rng: &mut ChaCha8Rng| rng.gen_range(from..to);
        let (begin, over, end) = match self {
            Self::TeamsMeeting => return meeting(rng),
            Self::Idle => (TeamsAct::Idle, TeamsAct::Active, lasting(45.0, 240.0, rng)),
            Self::Leave => (
                TeamsAct::SignOut,
                TeamsAct::SignIn,
                lasting(150.0, 700.0, rng),
            ),
            Self::Appointment => (
                TeamsAct::Appointment {
                    meeting: rng.gen_bool(0.5),
                },
                TeamsAct::AppointmentOver,
                lasting(90.0, 400.0, rng),
            ),
            Self::OutOfOffice => (
                TeamsAct::OutOfOffice {
                    message: "Ich bin ab Montag wieder da.".into(),
                },
                TeamsAct::BackInOffice,
                lasting(200.0, 900.0, rng),
            ),
            Self::Manual => return manual(rng),
            _ => (TeamsAct::Call, TeamsAct::HangUp, lasting(20.0, 200.0, rng)),
        };
        vec![(0.0, teams(begin)), (end, teams(over))]
    }

    /// Its steps when one comes in while it goes on: all that has begun happens at once.
    pub(super) fn joined_midway(self, rng: &mut ChaCha8Rng) -> Vec<TimedAct> {
        let steps = self.steps(rng);
        let rings = |act: &Act| {
            matches!(
                act,
                Act::Pbx(PbxCall {
                    state: PbxState::Ringing,
                    ..
                })
            )
        };
        let begun = steps.iter().filter(|(_, act)| rings(act)).count();
        let since = steps.get(begun).map_or(0.0, |(at, _)| *at);
        steps
            .into_iter()
            .skip(begun)
            .map(|(at, act)| ((at - since).max(0.0), act))
            .collect()
    }
}

fn masked(answered: f64, talked: f64) -> Vec<TimedAct> {
    let mut steps = vec![(0.0, by_hand("Away"))];
    steps.extend(call(PbxKind::Tapi, 5.0, 5.0 + answered, 5.0 + talked));
    steps.push((talked + 30.0, Act::Teams(TeamsAct::Automatic)));
    steps
}

fn overlap(answered: f64, talked: f64, longer: f64) -> Vec<TimedAct> {
    let middle = answered + (talked - answered) / 2.0;
    let mut steps = call(PbxKind::Tapi, 0.0, answered, talked);
    steps.insert(2, (middle, Act::Teams(TeamsAct::Call)));
    steps.push((talked + longer, Act::Teams(TeamsAct::HangUp)));
    steps
}

/// Every third one presents for a while.
fn meeting(rng: &mut ChaCha8Rng) -> Vec<TimedAct> {
    let end = rng.gen_range(90.0..400.0);
    let mut steps = vec![(0.0, Act::Teams(TeamsAct::Meeting))];
    if rng.gen_bool(0.33) {
        steps.push((end * 0.3, Act::Teams(TeamsAct::Present)));
        steps.push((end * 0.7, Act::Teams(TeamsAct::Meeting)));
    }
    steps.push((end, Act::Teams(TeamsAct::HangUp)));
    steps
}

fn manual(rng: &mut ChaCha8Rng) -> Vec<TimedAct> {
    let choices = ["BeRightBack", "DoNotDisturb", "Busy", "Away", "Offline"];
    let choice = choices.get(rng.gen_range(0..choices.len()));
    vec![
        (0.0, by_hand(choice.copied().unwrap_or("Busy"))),
        (rng.gen_range(60.0..360.0), Act::Teams(TeamsAct::Automatic)),
    ]
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;

    use super::*;

    #[test]
    fn every_scene_goes_forward_and_is_drawn() {
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        for (scene, _) in WEIGHTS {
            for _ in 0..50 {
                let steps = scene.steps(&mut rng);
                assert!(steps.len() >= 2, "{scene:?}");
                assert!(steps.windows(2).all(|w| w[0].0 <= w[1].0), "{steps:?}");
                assert!(scene.joined_midway(&mut rng)[0].0.abs() < 1e-9, "{scene:?}");
            }
            assert!((0..5_000).any(|_| Scene::draw(&mut rng) == scene));
        }
    }
}
