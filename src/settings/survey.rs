//! All settings at once, for a self-check: what can be used, and everything that cannot.

use std::path::PathBuf;

use super::{Config, ConfigError, Source, Sourced, World, token_file, with_real_world};
use crate::cli::Settings;

/// All settings at once.
#[derive(Debug)]
pub struct Survey {
    /// The configuration as it would be with the default in place of each value that cannot be used.
    pub config: Option<Config>,
    /// The values that cannot be used: at most one for each setting.
    pub refused: Vec<ConfigError>,
    /// Which token file is set, usable or not.
    pub token_file: Option<Sourced<PathBuf>>,
}

impl Survey {
    /// Looks at the settings of this process.
    #[must_use]
    pub fn take(settings: &Settings) -> Self {
        with_real_world(|world| Self::of(settings, world))
    }

    /// Resolves the settings again and again, each time without what was refused before.
    #[must_use]
    pub fn of(settings: &Settings, world: &World<'_>) -> Self {
        let token_file = token_file(settings, world).ok().flatten();
        let mut refused = Vec::new();
        let mut ignored = world.ignored.to_vec();
        let config = loop {
            let resolved = Config::resolve(
                settings,
                &World {
                    ignored: &ignored,
                    ..*world
                },
            );
            let error = match resolved {
                Ok(config) => break Some(config),
                Err(error) => error,
            };
            let sources: Vec<Source> = error.sources().into_iter().cloned().collect();
            let is_new = sources.iter().any(|source| !ignored.contains(source));
            ignored.extend(sources);
            refused.push(error);
            if !is_new {
                break None;
            }
        };
        Self {
            config,
            refused,
            token_file,
        }
    }

    /// What is wrong with the value that came from one of these flags and variables.
    #[must_use]
    pub fn refusal(&self, names: &[&str]) -> Option<&ConfigError> {
        let is_of = |source: &Source| match source {
            Source::Flag(name) | Source::Variable(name) => names.contains(name),
            Source::Default => false,
        };
        self.refused.iter().find(|error| error.sources().into_iter().any(is_of))
    }
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;
    use std::time::Duration;

    use pretty_assertions::assert_eq;

    use super::super::{RATE_LIMIT, REQUEST_TIMEOUT, TOKEN, TOKEN_FILE, Target};
    use super::*;

    #[test]
    fn every_value_that_cannot_be_used_is_found_and_the_others_are_kept() {
        let settings = Settings {
            base_url: Some("http://a.example".into()),
            timeout: Some("soon".into()),
            pay_ways: Some("STRIPE".into()),
            ..Settings::default()
        };
        let environment = [
            (TOKEN, "platform-v1-0123"),
            (TOKEN_FILE, "/token"),
            (REQUEST_TIMEOUT, "7"),
            (RATE_LIMIT, "9"),
        ];
        let world = World {
            variable: &|name| {
                let found = environment.iter().find(|(key, _)| *key == name);
                found.map(|(_, value)| OsString::from(value))
            },
            token_file: &|_| Ok(String::new()),
            ignored: &[],
        };
        let survey = Survey::of(&settings, &world);
        let refused: Vec<_> = survey.refused.iter().map(ToString::to_string).collect();
        assert_eq!(
            refused,
            [
                "`--timeout` must be a number of seconds from 1 to 300",
                "`--base-url` cannot be used: it must be https (plain http only to a sandbox on 127.0.0.1, [::1] or localhost)",
                "`ACEDATACLOUD_PLATFORM_TOKEN` and `ACEDATACLOUD_PLATFORM_TOKEN_FILE` are both set",
            ]
        );
        let config = survey.config.unwrap();
        assert_eq!(config.timeout.value, Duration::from_secs(30));
        assert_eq!(config.rate_limit.value, 9);
        assert_eq!(config.pay_ways.value.to_string(), "`STRIPE`");
        assert!(matches!(config.target, Target::Platform { token: None, .. }));
        assert_eq!(survey.token_file.map(|file| file.value), Some("/token".into()));
    }
}
