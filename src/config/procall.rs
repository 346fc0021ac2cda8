//! `[procall]` and `[ucserver]`: where ProCall's users and calls come from.

use std::path::{Path, PathBuf};

use secrecy::SecretString;

use super::model::{FileSource, Procall, UcServer, UcTrust, UcUsers};
use super::reader::Reader;
use super::secret::Privacy;
use crate::presence::ContactUri;

const PROCALL: &str = "procall";
const UCSERVER: &str = "ucserver";

#[derive(Clone, Copy)]
enum Kind {
    File,
    UcServer,
}

/// Reads the tables; `None` where anything in them is wrong.
pub(super) fn procall(reader: &mut Reader<'_>) -> Option<Procall> {
    let kind = match reader.spot(PROCALL, "source") {
        None => Kind::File,
        Some(_) => reader.choice(
            PROCALL,
            "source",
            &[("file", Kind::File), ("ucserver", Kind::UcServer)],
        )?,
    };
    match kind {
        Kind::File => file(reader).map(Procall::File),
        Kind::UcServer => ucserver(reader).map(|found| Procall::UcServer(Box::new(found))),
    }
}

fn file(reader: &mut Reader<'_>) -> Option<FileSource> {
    let events_file = reader.file(PROCALL, "events_file").map(|(path, _)| path);
    let presence_out = presence_out(reader, events_file.as_deref());
    if reader.spot(PROCALL, "users_file").is_none() {
        reader.missing(PROCALL, "users_file", " (needed by source = \"file\")");
        return None;
    }
    let (users_file, spot) = reader.path(PROCALL, "users_file")?;
    if let Err(why) = is_readable(&users_file) {
        let message = format!("{} cannot be read: {why}", users_file.display());
        reader.fault(spot, &message);
        return None;
    }
    Some(FileSource {
        users_file,
        events_file,
        presence_out,
    })
}

/// Opening a named pipe would wait for ever: look first.
fn is_readable(file: &Path) -> Result<(), String> {
    let meta = std::fs::metadata(file).map_err(|why| why.to_string())?;
    if !meta.is_file() {
        return Err("it is not a file".to_owned());
    }
    std::fs::File::open(file)
        .map(drop)
        .map_err(|why| why.to_string())
}

fn presence_out(reader: &mut Reader<'_>, events_file: Option<&Path>) -> Option<PathBuf> {
    let (path, spot) = reader.file(PROCALL, "presence_out")?;
    if !path.parent().is_some_and(Path::is_dir) {
        let why = "the directory of this file does not exist; make it first";
        reader.fault(spot, why);
    }
    if Some(path.as_path()) == events_file {
        let why = "the same file as events_file; expected another one: what lampfield writes \
                   would come back as calls";
        reader.fault(spot, why);
    }
    Some(path)
}

fn ucserver(reader: &mut Reader<'_>) -> Option<UcServer> {
    for name in ["url", "user"] {
        if reader.spot(UCSERVER, name).is_none() {
            reader.missing(UCSERVER, name, " (needed by source = \"ucserver\")");
        }
    }
    let url = reader.url(UCSERVER, "url").map(|(url, _)| url);
    let user = text(reader, "user");
    let ucsid = text(reader, "ucsid").unwrap_or_else(|| "local".to_owned());
    let password = password(reader, "password_env", "password_file");
    let admin_user = text(reader, "admin_user");
    let admin = admin(reader, admin_user);
    let trust = trust(reader);
    let users = users(reader, admin.is_some());
    let write_presence = reader.boolean(UCSERVER, "write_presence").unwrap_or(false);
    let despite_native = reader.boolean(UCSERVER, "despite_native").unwrap_or(false);
    Some(UcServer {
        url: url?,
        ucsid,
        user: user?,
        password: password?,
        admin,
        trust,
        users: users?,
        write_presence,
        despite_native,
    })
}

fn text(reader: &mut Reader<'_>, name: &'static str) -> Option<String> {
    reader.text(UCSERVER, name).map(|(text, _)| text.to_owned())
}

/// Exactly one of two keys gives the password.
fn password(
    reader: &mut Reader<'_>,
    env: &'static str,
    file: &'static str,
) -> Option<SecretString> {
    match (reader.spot(UCSERVER, env), reader.spot(UCSERVER, file)) {
        (None, None) => {
            reader.missing(UCSERVER, env, &format!(" (or {file})"));
            None
        }
        (Some(_), None) => reader.secret_from_env(UCSERVER, env),
        (None, Some(_)) => reader.secret_from_file(UCSERVER, file),
        (Some(_), Some(second)) => {
            let message = format!("a second password; expected either {env} or {file}");
            reader.fault(second, &message);
            None
        }
    }
}

/// The administrator, where one is named; a password without a name is a fault.
fn admin(reader: &mut Reader<'_>, user: Option<String>) -> Option<(String, SecretString)> {
    let (env, file) = ("admin_password_env", "admin_password_file");
    let given = reader.spot(UCSERVER, env).or(reader.spot(UCSERVER, file));
    let Some(user) = user else {
        if given.is_some() && reader.spot(UCSERVER, "admin_user").is_none() {
            reader.missing(UCSERVER, "admin_user", " beside its password");
        }
        return None;
    };
    Some((user, password(reader, env, file)?))
}

#[derive(Clone, Copy)]
enum From {
    Admin,
    Monitor,
    List,
}

fn users(reader: &mut Reader<'_>, has_admin: bool) -> Option<UcUsers> {
    let contacts = reader.list(UCSERVER, "contacts");
    let choices = [
        ("admin", From::Admin),
        ("monitor", From::Monitor),
        ("list", From::List),
    ];
    let from = match reader.spot(UCSERVER, "users") {
        None if has_admin => From::Admin,
        None => From::Monitor,
        Some(_) => reader.choice(UCSERVER, "users", &choices)?,
    };
    match from {
        From::Monitor => Some(UcUsers::Monitor),
        From::Admin => {
            if reader.spot(UCSERVER, "admin_user").is_none() {
                reader.missing(UCSERVER, "admin_user", " (needed by users = \"admin\")");
            }
            Some(UcUsers::Admin)
        }
        From::List => {
            let Some((contacts, _)) = contacts.filter(|(list, _)| !list.is_empty()) else {
                reader.missing(
                    UCSERVER,
                    "contacts",
                    " or empty (needed by users = \"list\")",
                );
                return None;
            };
            Some(UcUsers::List(
                contacts.into_iter().map(ContactUri::new).collect(),
            ))
        }
    }
}

/// The system's authorities, one more, or one certificate. Whatever is wrong leaves a fault.
fn trust(reader: &mut Reader<'_>) -> UcTrust {
    let anchor = reader.pem(UCSERVER, "ca_file", "CERTIFICATE", Privacy::Public);
    let pin = pin(reader);
    let named = reader.spot(UCSERVER, "ca_file");
    if let (Some(_), Some(second)) = (named, reader.spot(UCSERVER, "pin_sha256")) {
        let message = "beside ca_file; expected one of the two: a pinned certificate is taken \
                       whoever signed it";
        reader.fault(second, message);
    }
    match (pin, anchor) {
        (Some(pin), _) => UcTrust::Pinned(pin),
        (None, Some(anchor)) => UcTrust::SystemAnd(anchor),
        (None, None) => UcTrust::System,
    }
}

fn pin(reader: &mut Reader<'_>) -> Option<[u8; 32]> {
    let (text, spot) = reader.text(UCSERVER, "pin_sha256")?;
    let pin = fingerprint(text);
    if pin.is_none() {
        reader.unexpected(spot, "something else");
    }
    pin
}

fn fingerprint(text: &str) -> Option<[u8; 32]> {
    let digits: Vec<u8> = text
        .chars()
        .filter(|c| !matches!(c, ':' | ' '))
        .map(|c| c.to_digit(16).and_then(|digit| u8::try_from(digit).ok()))
        .collect::<Option<_>>()?;
    let bytes = digits.chunks_exact(2).map(|pair| match pair {
        [high, low] => high << 4 | low,
        _ => 0,
    });
    let even = digits.len().is_multiple_of(2);
    even.then(|| bytes.collect::<Vec<_>>())?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("AB", 32, ":", true)]
    #[case("0f", 32, "", true)]
    #[case("0f", 31, "", false)]
    #[case("0g", 32, "", false)]
    #[case("äb", 32, "", false)]
    fn a_fingerprint_has_32_bytes(
        #[case] byte: &str,
        #[case] count: usize,
        #[case] between: &str,
        #[case] taken: bool,
    ) {
        let text = vec![byte; count].join(between);
        assert_eq!(fingerprint(&text).is_some(), taken);
    }
}
