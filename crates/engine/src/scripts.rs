//! The scripts, and which keys they are about.

use redis::Script;

macro_rules! scripts {
    ($($name:ident)*) => {
        /// Each with what all begin with.
        pub(crate) struct Scripts {
            $(pub(crate) $name: Script,)*
        }

        impl Scripts {
            pub(crate) fn new() -> Self {
                Self {
                    $($name: Script::new(concat!(
                        include_str!("scripts/common.lua"),
                        include_str!(concat!("scripts/", stringify!($name), ".lua")),
                    )),)*
                }
            }
        }
    };
}

scripts! { acquire renew release put remove entries spend spent announce leave members publish }

/// The keys of one tenant. The braces keep all of them on one server of a Redis that has several.
#[derive(Debug)]
pub(crate) struct Keys {
    prefix: String,
}

impl Keys {
    pub(crate) fn new(prefix: &str, tenant: &str) -> Self {
        Self {
            prefix: format!("{prefix}:{{{tenant}}}:"),
        }
    }

    pub(crate) fn of(&self, name: &str) -> String {
        format!("{}{name}", self.prefix)
    }

    /// Those that every script has.
    pub(crate) fn common(&self) -> [String; 4] {
        ["leader", "counter", "released", "run"].map(|name| self.of(name))
    }
}
