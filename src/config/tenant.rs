//! `[tenant]`: which tenant, which cloud, and exactly one way to sign in.

use reqwest::Url;
use uuid::Uuid;
use uuid::fmt::Hyphenated;

use super::cloud::{Cloud, ReadWith};
use super::fault::said;
use super::model::Tenant;
use super::reader::{Reader, Spot};
use super::secret::Privacy;
use graph::Credential;
use tls::pem::Kind;
use words::Words;

const TENANT: &str = "tenant";

/// Pseudo-tenants of Entra: they say "whichever tenant the user comes from", and an application
/// that signs in without a user comes from none (spec: Entra refuses them with AADSTS9001023).
const PSEUDO_TENANTS: [&str; 3] = ["common", "organizations", "consumers"];

/// Reads the table; `None` where anything in it is wrong.
pub(super) fn tenant(reader: &mut Reader<'_>) -> Option<Tenant> {
    let tenant_id = tenant_id(reader);
    let client_id = client_id(reader);
    let credential = credential(reader);
    let cloud = cloud(reader);
    let authority = url_or(reader, "authority", cloud.map(Cloud::authority));
    let graph_base = url_or(reader, "graph_base", cloud.map(Cloud::graph_base));
    let ca_pem = reader.pem(TENANT, "ca_file", Kind::Certificate, Privacy::Public);
    let read_with = match reader.spot(TENANT, "read_with") {
        None => Some(ReadWith::default()),
        Some(_) => reader.choice(
            TENANT,
            "read_with",
            &ReadWith::ALL.map(|whose| (whose.as_str(), whose)),
        ),
    };
    Some(Tenant {
        tenant_id: tenant_id?,
        client_id: client_id?,
        credential: credential?,
        cloud: cloud?,
        authority: authority?,
        graph_base: graph_base?,
        ca_pem: ca_pem.map(String::into_bytes),
        read_with: read_with?,
    })
}

fn tenant_id(reader: &mut Reader<'_>) -> Option<String> {
    let (text, spot) = required(reader, "tenant_id")?;
    if PSEUDO_TENANTS.contains(&text.to_lowercase().as_str()) {
        let tenant = text.to_lowercase();
        reader.unexpected(
            spot,
            &said(|t| t.faults.pseudo_tenant, &[("tenant", &tenant)]),
        );
        return None;
    }
    if let Ok(guid) = Uuid::try_parse(text) {
        // Entra does not know it in the braces of PowerShell; files of ours are called by it as it is written.
        let hyphenated = text.len() == Hyphenated::LENGTH;
        return Some(if hyphenated {
            text.to_owned()
        } else {
            guid.to_string()
        });
    }
    if !is_domain(text) {
        reader.unexpected_of(spot, |t| t.faults.neither);
        return None;
    }
    Some(text.to_owned())
}

fn client_id(reader: &mut Reader<'_>) -> Option<Uuid> {
    let (text, spot) = required(reader, "client_id")?;
    let id = Uuid::try_parse(text).ok();
    if id.is_none() {
        reader.unexpected_of(spot, |t| t.faults.no_client_id);
    }
    id
}

fn required<'a>(reader: &mut Reader<'a>, name: &'static str) -> Option<(&'a str, Spot)> {
    if reader.spot(TENANT, name).is_none() {
        reader.missing(TENANT, name, &Words::default());
        return None;
    }
    reader.text(TENANT, name)
}

fn is_domain(text: &str) -> bool {
    let label = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && label.chars().all(|c| c.is_alphanumeric() || c == '-')
    };
    text.contains('.') && text.len() <= 253 && text.split('.').all(label)
}

fn cloud(reader: &mut Reader<'_>) -> Option<Cloud> {
    if reader.spot(TENANT, "cloud").is_none() {
        return Some(Cloud::default());
    }
    let (text, spot) = reader.text(TENANT, "cloud")?;
    if text.to_lowercase().starts_with("china") {
        reader.unexpected(spot, &said(|t| t.faults.china, &[("cloud", &text)]));
        return None;
    }
    reader.choice(
        TENANT,
        "cloud",
        &Cloud::ALL.map(|cloud| (cloud.as_str(), cloud)),
    )
}

/// The URL that the key says, else the cloud's; without a slash at its end.
fn url_or(reader: &mut Reader<'_>, name: &'static str, default: Option<&str>) -> Option<Url> {
    if reader.spot(TENANT, name).is_none() {
        return Url::parse(default?).ok();
    }
    let (mut url, spot) = reader.url(TENANT, name)?;
    let path = url.path().trim_end_matches('/').to_owned();
    if name == "authority" && !path.is_empty() {
        reader.unexpected_of(spot, |t| t.faults.url_with_path);
        return None;
    }
    if name == "graph_base" && path.is_empty() {
        reader.unexpected_of(spot, |t| t.faults.url_without_version);
        return None;
    }
    url.set_path(&path);
    Some(url)
}

/// The three forms, each by the keys that belong to it.
const FORMS: [&[&str]; 3] = [
    &["client_secret_env"],
    &["client_secret_file"],
    &["certificate_file", "private_key_file"],
];

fn credential(reader: &mut Reader<'_>) -> Option<Credential> {
    let mut given = Vec::new();
    for (form, names) in FORMS.iter().enumerate() {
        if let Some(spot) = names.iter().find_map(|name| reader.spot(TENANT, name)) {
            given.push((form, spot));
        }
    }
    match given.as_slice() {
        [] => {
            reader.fault_in_section(TENANT, said(|t| t.faults.no_credential, &[]));
            None
        }
        [(0, _)] => reader
            .secret_from_env(TENANT, "client_secret_env")
            .map(Credential::Secret),
        [(1, _)] => reader
            .secret_from_file(TENANT, "client_secret_file")
            .map(Credential::Secret),
        [_] => certificate(reader),
        [_, (_, second), ..] => {
            reader.fault_of(*second, |t| t.faults.second_credential);
            None
        }
    }
}

fn certificate(reader: &mut Reader<'_>) -> Option<Credential> {
    for (name, other) in [
        ("certificate_file", "private_key_file"),
        ("private_key_file", "certificate_file"),
    ] {
        if reader.spot(TENANT, name).is_none() {
            let why = said(|t| t.faults.missing_beside, &[("key", &other)]);
            reader.missing(TENANT, name, &why);
        }
    }
    let certificate = reader.pem(
        TENANT,
        "certificate_file",
        Kind::Certificate,
        Privacy::Public,
    );
    let key = reader.pem(
        TENANT,
        "private_key_file",
        Kind::PrivateKey,
        Privacy::Private,
    );
    Some(Credential::Certificate {
        certificate_pem: certificate?.into_bytes(),
        private_key_pem: key?.into(),
    })
}
