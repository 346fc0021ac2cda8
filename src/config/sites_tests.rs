use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use rstest::rstest;
use tempfile::TempDir;

use super::*;
use crate::config::{FILE_NAME, load};
use graph::Credential;
use secrecy::ExposeSecret as _;

const ALL: &str = r#"
include = "sites/*.toml"
[tenant]
client_id = "11111111-2222-3333-4444-555555555555"
client_secret_file = "secret"
[poll]
interval = "10s"
[procall]
users_file = "users.csv"
[log]
level = "debug"
"#;

const ACME: &str = r#"
[[site]]
name = "acme"
[site.tenant]
tenant_id = "acme.example"
[site.poll]
interval = "5s"
"#;

/// A folder with the secrets, the users and a site of its own file.
fn place(main: &str, files: &[(&str, &str)]) -> (TempDir, Environment) {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("sites")).unwrap();
    let common = [("secret", "of-all"), ("users.csv", "user_name,upn\n")];
    let named = [(FILE_NAME, main)];
    for (name, text) in common.iter().chain(&named).chain(files) {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    }
    let env = Environment::new(
        folder.path(),
        [("HOME", "/home/of-test"), ("OWN", "of-acme")],
    );
    (folder, env)
}

fn read(main: &str, files: &[(&str, &str)]) -> (TempDir, Result<Configured, Faults>) {
    let (folder, env) = place(main, files);
    let loaded = load(Path::new(FILE_NAME), &env);
    (folder, loaded)
}

fn several(main: &str, files: &[(&str, &str)]) -> (TempDir, Vec<SiteConfig>) {
    let (folder, loaded) = read(main, files);
    let Configured::Several(sites) = loaded.unwrap_or_else(|faults| panic!("{}", faults.report()))
    else {
        panic!("one tenant");
    };
    (folder, sites)
}

/// What is wrong with each: its name, and the report.
fn wrong(sites: &[SiteConfig]) -> Vec<(&str, String)> {
    let wrong = sites.iter().filter_map(|site| {
        let faults = site.config.as_ref().err()?;
        Some((site.name.as_str(), faults.report()))
    });
    wrong.collect()
}

const BETA: (&str, &str) = (
    "sites/beta.toml",
    "[tenant]\ntenant_id = \"beta.example\"\n[log]\ndirectory = \"of-beta\"\n",
);

#[test]
fn each_site_says_what_is_its_own_and_has_the_rest_from_all() {
    let (folder, sites) = several(&format!("{ALL}{ACME}"), &[BETA]);
    let [acme, beta] = &*sites else {
        panic!("{sites:?}")
    };
    assert_eq!((&*acme.name, &*beta.name), ("acme", "beta"));
    let [acme, beta] = [acme, beta].map(|site| site.config.as_ref().unwrap());
    assert_eq!(acme.tenant.tenant_id, "acme.example");
    assert_eq!(beta.tenant.tenant_id, "beta.example");
    assert_eq!(acme.tenant.client_id, beta.tenant.client_id);
    assert_eq!(acme.poll.interval.as_secs(), 5);
    assert_eq!(beta.poll.interval.as_secs(), 10);
    // Logs never meet; a path of a site's own file starts at that file.
    assert_eq!(acme.log.directory, folder.path().join("logs/acme"));
    assert_eq!(beta.log.directory, folder.path().join("sites/of-beta"));
    assert_eq!(acme.site.as_deref(), Some("acme"));
    assert_eq!(acme.file, beta.file);
}

#[test]
fn a_credential_of_its_own_replaces_that_of_all_as_a_whole() {
    let own = format!("{ACME}[site.log]\nlevel = \"warn\"\n").replace(
        "tenant_id = \"acme.example\"",
        "tenant_id = \"acme.example\"\nclient_secret_env = \"OWN\"",
    );
    let (_folder, sites) = several(&format!("{ALL}{own}"), &[BETA]);
    let secrets = sites.iter().map(|site| {
        let config = site.config.as_ref().unwrap();
        match &config.tenant.credential {
            Credential::Secret(secret) => secret.expose_secret().to_owned(),
            other @ Credential::Certificate { .. } => panic!("{other:?}"),
        }
    });
    assert_eq!(secrets.collect::<Vec<_>>(), ["of-acme", "of-all"]);
}

#[rstest]
#[case::not_toml("[tenant\n", "expected")]
#[case::unknown_key("[tenant]\ntenant = \"beta.example\"\n", "site beta, tenant.tenant")]
#[case::a_value("[tenant]\ntenant_id = \"common\"\n", "site beta, tenant.tenant_id")]
#[case::nothing("", "site beta, tenant.tenant_id: missing")]
#[case::for_all(
    "[tenant]\ntenant_id = \"b.example\"\n[console]\n",
    "belongs at the top"
)]
#[case::sites_of_its_own("include = \"*.toml\"\n", "only the main file")]
#[case::a_taken_tenant("[tenant]\ntenant_id = \"ACME.example\"\n", "that of the site acme")]
#[case::a_taken_folder(
    "[tenant]\ntenant_id = \"b.example\"\n[log]\ndirectory = \"../logs/acme\"\n",
    "site beta, log.directory: the same as that of the site acme"
)]
fn a_broken_site_costs_itself(#[case] beta: &str, #[case] said: &str) {
    let main = format!("{ALL}{ACME}");
    let (_folder, sites) = several(&main, &[("sites/beta.toml", beta)]);
    let wrong = wrong(&sites);
    let [(name, report)] = &*wrong else {
        panic!("{wrong:?}")
    };
    assert_eq!(*name, "beta");
    assert!(report.contains(said), "{report}");
    assert!(report.contains("beta.toml"), "{report}");
}

#[test]
fn a_site_that_others_may_write_is_not_obeyed() {
    let (folder, env) = place(&format!("{ALL}{ACME}"), &[BETA]);
    let file = folder.path().join("sites/beta.toml");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o666)).unwrap();
    let loaded = load(Path::new(FILE_NAME), &env).unwrap();
    let report = loaded.faults().unwrap().report();
    assert!(report.contains("others may write it"), "{report}");
    assert!(loaded.chosen(Path::new(FILE_NAME), Some("acme")).is_ok());
}

#[rstest]
#[case::one_bracket("[site]\nname = \"acme\"\n", "[[site]]")]
#[case::no_name("[[site]]\n", "expected a name")]
#[case::a_path_for_a_name("[[site]]\nname = \"../acme\"\n", "expected a name")]
#[case::no_sites("site = []\n", "[[site]]")]
#[case::nobody("include = \"none/*.toml\"\n", "no file is called like")]
#[case::no_pattern("include = \"***\"\n", "expected a path")]
#[case::a_list("include = [\"a.toml\"]\n", "expected a path")]
fn what_is_wrong_with_the_main_file_costs_all(#[case] main: &str, #[case] said: &str) {
    let (_folder, loaded) = read(main, &[]);
    let report = loaded.unwrap_err().report();
    assert!(report.contains(said), "{report}");
    assert!(report.starts_with("lampfield.toml:"), "{report}");
}

#[test]
fn what_is_wrong_for_all_is_told_once() {
    let main = format!("{ALL}{ACME}").replace("interval = \"10s\"", "intervall = \"10s\"");
    let (_folder, loaded) = read(&main, &[BETA]);
    let faults = loaded.unwrap().faults().unwrap();
    assert_eq!(faults.all().len(), 1, "{}", faults.report());
    assert!(
        faults
            .report()
            .starts_with("lampfield.toml:7:1: poll.intervall")
    );
}

#[test]
fn the_main_file_is_no_site_of_itself() {
    let main = format!("{ALL}{ACME}").replace("sites/*.toml", "*.toml");
    let (_folder, sites) = several(&main, &[]);
    let names: Vec<_> = sites.iter().map(|site| site.name.as_str()).collect();
    assert_eq!(names, ["acme"]);
}

#[test]
fn whoever_wants_one_of_several_says_which() {
    let main = format!("{ALL}{ACME}");
    let chosen = |name| {
        let (_folder, loaded) = read(&main, &[BETA]);
        let chosen = loaded.unwrap().chosen(Path::new(FILE_NAME), name);
        chosen
            .map(|config| config.tenant.tenant_id)
            .map_err(|faults| faults.to_string())
    };
    assert_eq!(chosen(Some("beta")).unwrap(), "beta.example");
    assert!(
        chosen(None)
            .unwrap_err()
            .contains("several tenants: acme, beta")
    );
    let nobody = chosen(Some("gamma")).unwrap_err();
    assert!(
        nobody.contains("no site gamma; there are: acme, beta"),
        "{nobody}"
    );
}
