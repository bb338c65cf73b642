//! What a setting is: what is said of it, how its values are read, and how they are shown.

use std::fmt;

use super::{ConfigError, Sourced, World};

/// A setting, with all that anybody needs to know of it.
#[derive(Debug)]
pub struct Setting<T: 'static> {
    /// What is said of it.
    pub facts: Facts,
    /// Reads a value, or tells what is wrong with it: what follows the name of its source, as "must be a number".
    pub read: fn(&str) -> Result<T, String>,
    /// How the self-check shows a value; `None` where it has a check of its own.
    pub show: Option<fn(&T) -> String>,
}

/// What is said of a setting: the help, the documents and the packages are made of it.
#[derive(Debug)]
pub struct Facts {
    /// What the self-check calls it.
    pub name: &'static str,
    /// The variable that sets it.
    pub variable: Option<&'static str>,
    /// The flag that sets it.
    pub flag: Option<Flag>,
    /// What counts when neither is set, as it could be typed; empty where that is nothing.
    pub default: &'static str,
    /// What its values are.
    pub kind: Kind,
    /// What it does, in one sentence without its full stop.
    pub about: &'static str,
    /// Whether its values are secret.
    pub is_secret: bool,
    /// What a value looks like, where nothing that counts by default shows it.
    pub example: Option<&'static str>,
    /// The field in which the person who installs the MCP bundle sets it; its words are the registry's too.
    pub field: Option<Field>,
    /// What to do about a value that cannot be used, by its source.
    pub hint: fn(&Source) -> String,
}

/// A flag, as it is typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Flag {
    /// With its dashes.
    pub name: &'static str,
    /// What stands for its value, where it takes one.
    pub value: Option<&'static str>,
    /// The flags that make no sense beside it.
    pub excludes: &'static [&'static str],
}

/// What the values of a setting are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Some text.
    Text,
    /// A number.
    Number,
    /// `true` or `false`.
    Switch,
    /// One of these words.
    Choice(&'static [&'static str]),
    /// The path of a file.
    File,
    /// The path of a folder.
    Folder,
}

/// A field of the MCP bundle, as the person who installs it sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field {
    /// Its name in the manifest.
    pub key: &'static str,
    /// Its label.
    pub title: &'static str,
    /// What is said beside it.
    pub about: &'static str,
    /// Whether it must be filled in.
    pub is_required: bool,
}

/// Where a value came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// A command-line flag.
    Flag(&'static str),
    /// An environment variable.
    Variable(&'static str),
    /// Nothing was set.
    Default,
}

/// A setting in a list of settings whose values have different types.
pub trait Declared: Sync {
    /// What is said of it.
    fn facts(&self) -> &Facts;

    /// Its value as the self-check shows it, or what is wrong with it; `None` where it has a check of its own.
    fn shown(&'static self, world: &World<'_>) -> Option<Result<Sourced<String>, ConfigError>>;
}

impl<T> Declared for Setting<T> {
    fn facts(&self) -> &Facts {
        &self.facts
    }

    fn shown(&'static self, world: &World<'_>) -> Option<Result<Sourced<String>, ConfigError>> {
        let show = self.show?;
        let found = world.get(self);
        Some(found.map(|Sourced { value, source }| Sourced {
            value: show(&value),
            source,
        }))
    }
}

/// A variable that is not read as a setting, and told of like one.
impl Declared for Facts {
    fn facts(&self) -> &Facts {
        self
    }

    fn shown(&'static self, _: &World<'_>) -> Option<Result<Sourced<String>, ConfigError>> {
        None
    }
}

impl Facts {
    /// What goes for most settings; each has a name and says what it does.
    pub(super) const PLAIN: Self = Self {
        name: "",
        variable: None,
        flag: None,
        default: "",
        kind: Kind::Text,
        about: "",
        is_secret: false,
        example: None,
        field: None,
        hint: |source| format!("leave {source} unset for the default"),
    };
}

impl Flag {
    /// A flag with a value.
    pub(super) const fn with_value(name: &'static str, value: &'static str) -> Self {
        Self {
            name,
            value: Some(value),
            excludes: &[],
        }
    }

    /// A flag without a value.
    pub(super) const fn switch(name: &'static str) -> Self {
        Self {
            name,
            value: None,
            excludes: &[],
        }
    }
}

impl<T> Setting<T> {
    /// What counts when it is not set.
    ///
    /// # Errors
    /// None in truth: a test reads every default.
    pub fn unset(&'static self) -> Result<Sourced<T>, ConfigError> {
        self.taken(self.facts.default, Source::Default)
    }

    /// The value that a text stands for.
    pub(super) fn taken(&'static self, text: &str, source: Source) -> Result<Sourced<T>, ConfigError> {
        match (self.read)(text) {
            Ok(value) => Ok(Sourced { value, source }),
            Err(wrong) => Err(ConfigError::unfit(&self.facts, &source, &wrong)),
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(name) | Self::Variable(name) => write!(formatter, "`{name}`"),
            Self::Default => formatter.write_str("the default"),
        }
    }
}
