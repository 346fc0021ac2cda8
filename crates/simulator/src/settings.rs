//! Everything that Microsoft leaves open or that differs between tenants.

use model::limits::REQUESTS_PER_30S;
use model::permission::{PRESENCE_READ_WRITE, USER_READ};
use serde::{Deserialize, Serialize};

/// What Graph does with an id that has no presence. Undocumented, so a setting
/// (spec: "unknown / deleted id").
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IdPolicy {
    /// The id is missing in the answer.
    #[default]
    Omit,
    /// The id comes back as PresenceUnknown / PresenceUnknown.
    PresenceUnknown,
    /// The whole request fails with 404.
    NotFound,
    /// The whole request fails with 500.
    ServerError,
}

/// The form of `Retry-After` when the presence limit is reached.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RetryForm {
    /// A number of whole seconds.
    #[default]
    Seconds,
    /// Seconds with a fraction.
    Decimal,
    /// An HTTP date.
    HttpDate,
    /// No header at all.
    Absent,
}

/// Everything that Microsoft leaves open or that differs between tenants.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[allow(clippy::struct_excessive_bools)] // independent switches, each a line in a file
pub struct Settings {
    /// Presence requests per 30 s, reading and writing together (documented: 1,500).
    pub presence_limit: u32,
    /// Form of `Retry-After` when that limit is reached.
    pub retry_form: RetryForm,
    /// Resource units per 10 s for /users; `None` = no limit.
    pub directory_units: Option<u32>,
    /// Life of an access token in seconds; `None` = random 3,600 to 5,400 as Entra does.
    pub token_lifetime_s: Option<u32>,
    /// An id that the tenant does not have.
    pub unknown_ids: IdPolicy,
    /// A guest, or a user without a Teams plan.
    pub without_teams: IdPolicy,
    /// Activity of an app's `Available` after 5 minutes. Microsoft's prose says
    /// `AvailableInactive`, its schema knows only `Inactive`.
    pub faded_activity: String,
    /// The roles an administrator has consented to; new ones hold in new tokens only.
    pub roles: Vec<String>,
    /// Seconds between two polls of a device sign-in (Entra: 5).
    pub device_interval_s: u32,
    /// Users on a page of /users/delta.
    pub delta_page: usize,
    /// Life of a delta token in seconds (documented: 7 days).
    pub delta_lifetime_s: u32,
    /// Repeat some users on a delta answer, as the documentation allows.
    pub delta_replays: bool,
    /// Answer one empty page in the middle of a long /users listing.
    pub empty_pages: bool,
    /// Leave `sequenceNumber` out when `false`.
    pub sequence_numbers: bool,
    /// Every ProCall user matches (benchmarks); otherwise, from 20 users on, some do not.
    pub everyone_matches: bool,
    /// How lively the day is: 1 = a change every few seconds with 40 users.
    pub pace: f64,
    /// How many requests are kept with their bodies.
    pub recorded_requests: usize,
    /// How long a typical answer takes, in milliseconds: most take 0.6 to 1.4 times as long, one
    /// in twenty up to four times. 0 = as fast as it can.
    pub latency_ms: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            presence_limit: REQUESTS_PER_30S,
            retry_form: RetryForm::Seconds,
            directory_units: None,
            token_lifetime_s: None,
            unknown_ids: IdPolicy::Omit,
            without_teams: IdPolicy::PresenceUnknown,
            faded_activity: "AvailableInactive".into(),
            roles: vec![PRESENCE_READ_WRITE.into(), USER_READ.into()],
            device_interval_s: 5,
            delta_page: 200,
            delta_lifetime_s: 7 * 24 * 3_600,
            delta_replays: true,
            empty_pages: true,
            sequence_numbers: true,
            everyone_matches: false,
            pace: 1.0,
            recorded_requests: 200,
            latency_ms: 0,
        }
    }
}
