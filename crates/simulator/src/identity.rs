//! Entra's memory: the app, its credentials and roles, and the tokens given out.

use std::collections::BTreeSet;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use rand::{Rng, RngCore, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rustc_hash::FxHashMap;

use super::certificate::Certificate;
use super::sign_ins::SignIns;
use model::clock::advance;

/// Tokens kept; the oldest expired ones go when there are more.
const TOKENS_KEPT: usize = 10_000;

/// A token that was given out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) expires_at: Timestamp,
    /// As consented to when it was given out.
    pub(super) roles: BTreeSet<String>,
}

/// The app registration and its tokens.
pub(super) struct Identity {
    pub(super) client_secret: String,
    pub(super) certificate: Option<Certificate>,
    pub(super) roles: BTreeSet<String>,
    /// Assertion ids seen, until they could no longer be replayed.
    pub(super) seen: FxHashMap<String, Timestamp>,
    /// Users who signed in, or are about to.
    pub(super) sign_ins: SignIns,
    tokens: FxHashMap<String, Token>,
    rng: ChaCha8Rng,
}

impl std::fmt::Debug for Identity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Identity")
            .field("roles", &self.roles)
            .field("tokens", &self.tokens.len())
            .finish_non_exhaustive()
    }
}

impl Identity {
    pub(super) fn new(
        client_secret: String,
        certificate: Option<Certificate>,
        roles: &[String],
        seed: u64,
    ) -> Self {
        Self {
            client_secret,
            certificate,
            roles: roles.iter().cloned().collect(),
            seen: FxHashMap::default(),
            sign_ins: SignIns::default(),
            tokens: FxHashMap::default(),
            rng: ChaCha8Rng::seed_from_u64(seed ^ 0x0065_6e74_7261),
        }
    }

    /// A new token and its life in seconds.
    pub(super) fn issue(&mut self, lifetime_s: Option<u32>, now: Timestamp) -> (String, u32) {
        let roles = self.roles.clone();
        let claims = serde_json::json!({"idtyp": "app", "roles": roles});
        self.issue_with(&claims, roles, lifetime_s, now)
    }

    /// A new token of a user, for these scopes.
    pub(super) fn issue_delegated(
        &mut self,
        upn: &str,
        scopes: &BTreeSet<String>,
        lifetime_s: Option<u32>,
        now: Timestamp,
    ) -> (String, u32) {
        let scp: Vec<_> = scopes.iter().map(String::as_str).collect();
        let claims = serde_json::json!({"idtyp": "user", "upn": upn, "scp": scp.join(" ")});
        self.issue_with(&claims, scopes.clone(), lifetime_s, now)
    }

    fn issue_with(
        &mut self,
        claims: &serde_json::Value,
        roles: BTreeSet<String>,
        lifetime_s: Option<u32>,
        now: Timestamp,
    ) -> (String, u32) {
        let life = lifetime_s.unwrap_or_else(|| self.rng.gen_range(3_600..=5_400));
        let mut random = [0; 96];
        self.rng.fill_bytes(&mut random);
        let token = jwt(claims, &random);
        if self.tokens.len() >= TOKENS_KEPT {
            self.tokens.retain(|_, token| now < token.expires_at);
        }
        let given = Token {
            expires_at: advance(now, Duration::from_secs(u64::from(life))),
            roles,
        };
        self.tokens.insert(token.clone(), given);
        (token, life)
    }

    /// The token of this text, while it lives.
    pub(super) fn token(&self, text: &str, now: Timestamp) -> Option<&Token> {
        self.tokens.get(text).filter(|token| now < token.expires_at)
    }

    /// Something that nobody can guess.
    pub(super) fn random_text(&mut self, bytes: usize) -> String {
        let mut random = vec![0; bytes];
        self.rng.fill_bytes(&mut random);
        URL_SAFE_NO_PAD.encode(random)
    }

    /// Every token given out so far is worthless.
    pub(super) fn expire_all(&mut self) {
        self.tokens.clear();
    }
}

/// A token in the shape of Graph's: clients shall not look into it, administrators do. The
/// signature is made up; nobody but us checks it, and we know our tokens.
pub(super) fn jwt(claims: &serde_json::Value, random: &[u8]) -> String {
    let part = |json: &serde_json::Value| URL_SAFE_NO_PAD.encode(json.to_string());
    let head = part(&serde_json::json!({"typ": "JWT", "alg": "RS256"}));
    let claims = part(claims);
    format!("{head}.{claims}.{}", URL_SAFE_NO_PAD.encode(random))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_keeps_the_roles_of_its_birth() {
        let roles = ["User.Read.All".to_owned()];
        let mut identity = Identity::new("s".into(), None, &roles, 1);
        let now = Timestamp::UNIX_EPOCH;
        let (token, life) = identity.issue(None, now);
        assert!((3_600..=5_400).contains(&life));
        identity.roles.clear();
        assert_eq!(identity.token(&token, now).unwrap().roles.len(), 1);
        let (newer, _) = identity.issue(Some(10), now);
        assert!(identity.token(&newer, now).unwrap().roles.is_empty());
        let later = advance(now, Duration::from_secs(10));
        assert_eq!(identity.token(&newer, later), None);
    }
}
