//! The users without a row, for whoever has to put them in order elsewhere.

use model::presence::{ProcallUser, Upn};
use serde::Serialize;

use super::SCHEMA;
use super::csv::inert;

/// A user that is not matched, or left out.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct UnmatchedLine<'a> {
    user_name: &'a str,
    display_name: &'a str,
    phone: &'a str,
    reason: &'a str,
    near_upn: Option<&'a str>,
}

impl<'a> UnmatchedLine<'a> {
    /// A user, the name of the reason, and the account that was probably meant.
    #[must_use]
    pub fn new(user: &'a ProcallUser, reason: &'a str, near: Option<&'a Upn>) -> Self {
        Self {
            user_name: user.user_name.as_str(),
            display_name: &user.display_name,
            phone: &user.phone,
            reason,
            near_upn: near.map(Upn::as_str),
        }
    }
}

#[derive(Serialize)]
struct Whole<'a> {
    schema: u32,
    unmatched: &'a [UnmatchedLine<'a>],
}

/// One line each as CSV, with a header, UTF-8; no cell begins like a formula.
///
/// # Errors
/// None that anything in a list could cause.
pub fn unmatched_list_csv(lines: &[UnmatchedLine<'_>]) -> Result<String, csv::Error> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(["user_name", "display_name", "phone", "reason", "near_upn"])?;
    for line in lines {
        let near = line.near_upn.unwrap_or_default();
        let cells = [
            line.user_name,
            line.display_name,
            line.phone,
            line.reason,
            near,
        ];
        writer.write_record(cells.map(|cell| inert(cell.to_owned())))?;
    }
    let bytes = writer
        .into_inner()
        .map_err(csv::IntoInnerError::into_error)?;
    String::from_utf8(bytes).map_err(|why| std::io::Error::other(why).into())
}

/// All of them as one JSON object on one line, with a line end.
///
/// # Errors
/// None that anything in a list could cause.
pub fn unmatched_list_json(lines: &[UnmatchedLine<'_>]) -> Result<String, serde_json::Error> {
    let whole = Whole {
        schema: SCHEMA,
        unmatched: lines,
    };
    Ok(serde_json::to_string(&whole)? + "\n")
}

#[cfg(test)]
mod tests {
    use model::presence::UserName;

    use super::*;

    #[test]
    fn a_line_each_in_both_forms() {
        let user = ProcallUser {
            user_name: UserName::new("anna@corp.local"),
            display_name: "=Anna".into(),
            phone: "+49 30".into(),
            excluded: false,
        };
        let near = Upn::new("anna@corp.example");
        let lines = [UnmatchedLine::new(&user, "no_entra_user", Some(&near))];
        assert_eq!(
            unmatched_list_csv(&lines).unwrap(),
            "user_name,display_name,phone,reason,near_upn\n\
             anna@corp.local,'=Anna,'+49 30,no_entra_user,anna@corp.example\n"
        );
        assert_eq!(
            unmatched_list_json(&lines).unwrap(),
            "{\"schema\":1,\"unmatched\":[{\"user_name\":\"anna@corp.local\",\"display_name\":\"=Anna\",\
             \"phone\":\"+49 30\",\"reason\":\"no_entra_user\",\"near_upn\":\"anna@corp.example\"}]}\n"
        );
    }
}
