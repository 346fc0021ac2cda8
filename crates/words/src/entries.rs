//! How texts are kept: sections of named entries, the same in every language, read from
//! `assets/locales`. All entries are required and unknown ones refused, so a text that is missing
//! in one language fails the first test that runs.

use std::collections::BTreeMap;

/// Declares the sections of one collection and reads it, once a language.
macro_rules! entries {
    (
        $(#[$about:meta])*
        $root:ident from $de:literal, $en:literal;
        $($section:ident: $name:ident { $($field:ident),* $(,)? })*
    ) => {
        $(
            /// One section of the texts.
            #[derive(Debug)]
            #[allow(missing_docs)] // the names say which text it is
            pub struct $name { $(pub $field: &'static str,)* }

            impl $name {
                fn read(sections: &mut crate::entries::Sections) -> Self {
                    let names = [$(stringify!($field)),*];
                    let [$($field),*] = sections.take(stringify!($section), names);
                    Self { $($field),* }
                }

                /// Every text with its name, for tests over all of them.
                #[must_use]
                pub fn all(&self) -> Vec<(&'static str, &str)> {
                    vec![$((concat!(stringify!($section), ".", stringify!($field)), self.$field)),*]
                }
            }
        )*

        $(#[$about])*
        #[derive(Debug)]
        #[allow(missing_docs)] // a section is what it is named after
        pub struct $root {
            /// The language that they are in.
            pub lang: model::presence::Lang,
            $(pub $section: $name,)*
        }

        impl $root {
            /// Every text with its name, for tests over all of them.
            #[must_use]
            pub fn all(&self) -> Vec<(&'static str, &str)> {
                let mut all = Vec::new();
                $(all.extend(self.$section.all());)*
                all
            }

            /// As they stand in this language's file, changed by `spell`.
            #[allow(dead_code)] // not every collection is spelled in two ways
            fn read(lang: model::presence::Lang, spell: impl Fn(&str) -> String) -> Box<Self> {
                let mut sections = crate::entries::Sections::read(&spell(Self::file(lang)));
                let texts = Box::new(Self { lang, $($section: $name::read(&mut sections),)* });
                sections.end();
                texts
            }

            const fn file(lang: model::presence::Lang) -> &'static str {
                match lang {
                    model::presence::Lang::De => {
                        include_str!(concat!("../../../assets/locales/", $de))
                    }
                    model::presence::Lang::En => {
                        include_str!(concat!("../../../assets/locales/", $en))
                    }
                }
            }

            /// The texts of one language.
            #[must_use]
            pub fn in_lang(lang: model::presence::Lang) -> &'static Self {
                use std::sync::LazyLock;
                // Boxed: a static of its size would lie in the program's file as zeros.
                static GERMAN: LazyLock<Box<$root>> =
                    LazyLock::new(|| $root::read(model::presence::Lang::De, str::to_owned));
                static ENGLISH: LazyLock<Box<$root>> =
                    LazyLock::new(|| $root::read(model::presence::Lang::En, str::to_owned));
                match lang {
                    model::presence::Lang::De => &GERMAN,
                    model::presence::Lang::En => &ENGLISH,
                }
            }
        }
    };
}

pub(crate) use entries;

/// The sections of a file of texts that were not taken yet. Not by serde's derive: for structs of
/// this size the optimiser takes minutes over its code.
///
/// The assets are part of the binary and a test reads all of them: there is no input that could fail.
pub(crate) struct Sections(BTreeMap<String, BTreeMap<String, String>>);

#[allow(clippy::expect_used, clippy::panic)] // see above
impl Sections {
    pub(crate) fn read(asset: &str) -> Self {
        Self(toml::from_str(asset).expect("assets/locales holds sections of texts"))
    }

    /// The texts of a section in the order of their names. They live as long as the program, as
    /// what they stand in does.
    pub(crate) fn take<const N: usize>(
        &mut self,
        section: &str,
        names: [&str; N],
    ) -> [&'static str; N] {
        let mut texts = [""; N];
        self.take_into(section, &names, &mut texts);
        texts
    }

    fn take_into(&mut self, section: &str, names: &[&str], texts: &mut [&'static str]) {
        let Some(mut left) = self.0.remove(section) else {
            panic!("assets/locales lacks the section {section}");
        };
        for (name, text) in names.iter().zip(texts) {
            let Some(taken) = left.remove(*name) else {
                panic!("assets/locales lacks {section}.{name}");
            };
            *text = taken.leak();
        }
        let left = left.keys();
        assert!(left.len() == 0, "no text of {section} is called {left:?}");
    }

    pub(crate) fn end(self) {
        let left = self.0.keys();
        assert!(left.len() == 0, "no section is called {left:?}");
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use std::collections::BTreeSet;

    use model::presence::Lang;

    use crate::{ConfigTexts, DoctorTexts, ProgramTexts, Texts};

    /// Every text of every collection, with its name.
    pub(crate) fn every_text(lang: Lang) -> Vec<(&'static str, &'static str)> {
        let collections = [
            Texts::in_lang(lang).all(),
            ConfigTexts::in_lang(lang).all(),
            DoctorTexts::in_lang(lang).all(),
            ProgramTexts::in_lang(lang).all(),
        ];
        collections.concat()
    }

    #[test]
    fn no_text_is_missing_in_either_language() {
        for lang in [Lang::De, Lang::En] {
            for (name, text) in every_text(lang) {
                assert!(!text.trim().is_empty(), "{lang:?}: {name} is empty");
            }
        }
    }

    #[test]
    fn both_languages_name_the_same_values() {
        // A name may stand once more beside a word that goes with it.
        let names = |text| crate::fill::names(text).collect::<BTreeSet<&str>>();
        for ((field, german), (_, english)) in
            every_text(Lang::De).into_iter().zip(every_text(Lang::En))
        {
            assert_eq!(names(german), names(english), "{field}");
        }
    }

    #[test]
    fn the_german_texts_have_real_umlauts() {
        let all: String = every_text(Lang::De)
            .into_iter()
            .map(|(_, text)| text)
            .collect();
        assert!(all.contains('ü') && all.contains('ä') && all.contains('ß'));
        for wrong in ["ueber", "fuer ", "koenn", "waehl", "loesch"] {
            assert!(!all.contains(wrong), "{wrong}");
        }
    }
}
