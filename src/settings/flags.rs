//! The flags of the settings: arguments of the command line, made of the declarations.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fmt;

use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches, ValueHint, value_parser};

use super::{Facts, Flag, Kind, facts};

/// The flags that were typed, with their values as they were typed; [`World`](super::World) reads them.
#[derive(Clone, Default)]
pub struct Flags(BTreeMap<&'static str, OsString>);

impl Flags {
    /// The value of a flag; that of one without a value is `true`.
    pub(super) fn get(&self, flag: Flag) -> Option<&OsStr> {
        self.0.get(flag.name).map(OsString::as_os_str)
    }
}

/// A value may be a secret: only the names are shown.
impl fmt::Debug for Flags {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_set().entries(self.0.keys()).finish()
    }
}

impl Args for Flags {
    fn augment_args(command: Command) -> Command {
        command.args(flags().map(|(facts, flag)| argument(facts, flag)))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for Flags {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let typed = flags().filter_map(|(_, flag)| {
            let value = match flag.value {
                Some(_) => matches.get_one::<OsString>(id(flag.name)).cloned(),
                None => matches.get_flag(id(flag.name)).then(|| "true".into()),
            };
            Some((flag.name, value?))
        });
        Ok(Self(typed.collect()))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        self.0.extend(Self::from_arg_matches(matches)?.0);
        Ok(())
    }
}

fn flags() -> impl Iterator<Item = (&'static Facts, Flag)> {
    facts().filter_map(|facts| Some((facts, facts.flag?)))
}

fn argument(facts: &'static Facts, flag: Flag) -> Arg {
    let argument = Arg::new(id(flag.name))
        .long(id(flag.name))
        .conflicts_with_all(flag.excludes.iter().map(|name| id(name)));
    let Some(value) = flag.value else {
        return argument.action(ArgAction::SetTrue).help(facts.about);
    };
    let default = match facts.default {
        "" => String::new(),
        default => format!(" [default: {default}]"),
    };
    argument
        .help(format!("{}{default}", facts.about))
        .value_name(value)
        .value_parser(value_parser!(OsString))
        .value_hint(match facts.kind {
            Kind::File => ValueHint::FilePath,
            Kind::Folder => ValueHint::DirPath,
            Kind::Text | Kind::Number | Kind::Switch | Kind::Choice(_) => ValueHint::Other,
        })
}

/// What clap calls a flag: its name without the dashes.
fn id(name: &'static str) -> &'static str {
    name.trim_start_matches('-')
}

#[cfg(test)]
pub(super) mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    /// The flags of a command line.
    pub(in crate::settings) fn typed(arguments: &[&str]) -> Flags {
        let command = Flags::augment_args(Command::new("test").no_binary_name(true));
        let matches = command.try_get_matches_from(arguments).unwrap();
        Flags::from_arg_matches(&matches).unwrap()
    }

    #[test]
    fn flags_are_taken_as_typed_and_only_their_names_are_shown() {
        let flags = typed(&["--read-only", "--timeout", "soon", "--base-url", ""]);
        assert_eq!(format!("{flags:?}"), r#"{"--base-url", "--read-only", "--timeout"}"#);
        let typed: Vec<_> = flags.0.into_iter().collect();
        assert_eq!(
            typed,
            [
                ("--base-url", "".into()),
                ("--read-only", "true".into()),
                ("--timeout", "soon".into())
            ]
        );
    }

    #[test]
    fn the_help_of_a_flag_tells_its_default() {
        let command = Flags::augment_args(Command::new("test"));
        let help = |name: &str| {
            let argument = command.get_arguments().find(|argument| argument.get_id() == name);
            argument.and_then(Arg::get_help).map(ToString::to_string)
        };
        assert_eq!(
            help("timeout"),
            Some("How long one request may take, in seconds, 1 to 300 [default: 30]".to_owned())
        );
        assert_eq!(
            help("read-only"),
            Some("Offer only `check_order_status`: nothing can be paid".to_owned())
        );
    }
}
