//! Where the configuration goes. Pure.

use std::path::{Path, PathBuf};

use crate::config::{Environment, FILE_NAME, SERVICE_FOLDER, personal_folder};

/// What the package calls the group of those who may look; its unit lets the service give the socket to it.
const GROUP: &str = "lampfield";

/// Where a configuration goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    /// The configuration.
    pub(crate) file: PathBuf,
    /// It is the service's: the service reads it as somebody else, and has folders of its own.
    pub(crate) service: bool,
    /// The group of those who may look at the service, where the package has made one.
    pub(crate) group: Option<&'static str>,
}

impl Place {
    /// As named by `--config` or `LAMPFIELD_CONFIG`; else root's is the service's, and everybody
    /// else has one of their own. `has_group`: there is a group of this name. Nothing where there is no home.
    pub(crate) fn new(
        named: Option<&Path>,
        env: &Environment,
        root: bool,
        has_group: impl FnOnce(&str) -> bool,
    ) -> Option<Self> {
        let variable = env.get("LAMPFIELD_CONFIG").map(Path::new);
        let folder = Path::new(SERVICE_FOLDER);
        let file = match named.or(variable) {
            Some(named) => env.directory().join(named),
            None if root => folder.join(FILE_NAME),
            None => personal_folder(env)?.join(FILE_NAME),
        };
        let service = file.parent() == Some(folder);
        let group = (service && has_group(GROUP)).then_some(GROUP);
        Some(Self {
            file,
            service,
            group,
        })
    }

    /// The folder that it is in.
    pub(crate) fn folder(&self) -> &Path {
        self.file.parent().unwrap_or_else(|| Path::new("/"))
    }

    /// A file beside it.
    pub(crate) fn beside(&self, name: &str) -> PathBuf {
        self.folder().join(name)
    }

    /// The mode of the folder where it must be made.
    pub(crate) const fn folder_mode(&self) -> u32 {
        if self.service { 0o755 } else { 0o700 }
    }

    /// The mode of the configuration: there is no secret in it, and the service reads it as a user
    /// that systemd makes up.
    pub(crate) const fn mode(&self) -> u32 {
        if self.service { 0o644 } else { 0o600 }
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::root(None, true, "/etc/lampfield/lampfield.toml", true)]
    #[case::somebody(None, false, "/home/a/.config/lampfield/lampfield.toml", false)]
    #[case::named(Some("x.toml"), true, "/work/x.toml", false)]
    #[case::the_services(Some("/etc/lampfield/b.toml"), false, "/etc/lampfield/b.toml", true)]
    fn it_goes_where_it_is_found(
        #[case] named: Option<&str>,
        #[case] root: bool,
        #[case] file: &str,
        #[case] service: bool,
    ) {
        let env = Environment::new("/work", [("HOME", "/home/a")]);
        let place = Place::new(named.map(Path::new), &env, root, |_| true).unwrap();
        assert_eq!(
            (place.file.to_str().unwrap(), place.service),
            (file, service)
        );
        assert_eq!(place.mode(), if service { 0o644 } else { 0o600 });
        assert_eq!(place.group, service.then_some("lampfield"));
        let place = Place::new(named.map(Path::new), &env, root, |_| false).unwrap();
        assert_eq!(place.group, None);
    }

    #[test]
    fn the_variable_names_it_as_well() {
        let env = Environment::new("/work", [("LAMPFIELD_CONFIG", "/a/b.toml")]);
        let place = Place::new(None, &env, true, |_| false).unwrap();
        assert_eq!(place.beside("client-secret"), Path::new("/a/client-secret"));
    }

    #[test]
    fn without_a_home_it_must_be_named() {
        assert_eq!(
            Place::new(None, &Environment::new("/work", []), false, |_| true),
            None
        );
    }
}
