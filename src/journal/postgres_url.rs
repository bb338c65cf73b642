//! The address of a PostgreSQL database: a secret, for it holds a password.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;
use std::time::Duration;

use tokio_postgres::Config;
use tokio_postgres::config::{Host, SslMode};

use super::location::LocationError;

/// How long to wait for a connection, unless the address says otherwise.
const CONNECT_TIME: Duration = Duration::from_secs(5);

/// When a connection that nothing is heard of is looked after.
const KEEP_ALIVE: Duration = Duration::from_secs(60);

/// What says whether to use TLS.
const SSL_MODE: &str = "sslmode=";

/// PostgreSQL's own port, which need not be shown.
const USUAL_PORT: u16 = 5432;

/// The address of a PostgreSQL database. Shows where it is, and neither the user nor the password.
#[derive(Clone, PartialEq, Eq)]
pub struct PostgresUrl(Box<Config>);

impl PostgresUrl {
    /// What connects to it.
    pub(super) fn config(&self) -> &Config {
        &self.0
    }
}

impl FromStr for PostgresUrl {
    type Err = LocationError;

    /// Reads `postgres://user:password@host:port/database?sslmode=…`.
    ///
    /// Another machine is never spoken to in the clear, unless `sslmode=disable` says so; `prefer` is `require` there.
    /// With TLS the certificate is always verified. On this machine TLS is used where it is asked for.
    fn from_str(text: &str) -> Result<Self, LocationError> {
        // The client does not know all the modes.
        let (address, query) = text.rsplit_once('?').unwrap_or((text, ""));
        let (modes, others): (Vec<_>, Vec<_>) = query.split('&').partition(|pair| pair.starts_with(SSL_MODE));
        let mode = modes.last().and_then(|pair| pair.strip_prefix(SSL_MODE));
        let mut config: Config = format!("{address}?{}", others.join("&"))
            .parse()
            .map_err(|_| LocationError::Malformed)?;
        let [host] = config.get_hosts() else {
            return Err(LocationError::Malformed);
        };
        let is_near = is_near(host) && config.get_hostaddrs().iter().all(IpAddr::is_loopback);
        config.ssl_mode(match mode {
            Some("disable") => SslMode::Disable,
            None if is_near => SslMode::Disable,
            Some("prefer") if is_near => SslMode::Prefer,
            None | Some("prefer" | "require" | "verify-ca" | "verify-full") => SslMode::Require,
            Some(_) => return Err(LocationError::SslMode),
        });
        if config.get_application_name().is_none() {
            config.application_name(env!("CARGO_PKG_NAME"));
        }
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(CONNECT_TIME);
        }
        config.keepalives_idle(KEEP_ALIVE);
        Ok(Self(Box::new(config)))
    }
}

impl fmt::Display for PostgresUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("postgres://")?;
        for host in self.0.get_hosts() {
            match host {
                Host::Tcp(host) if host.contains(':') => write!(formatter, "[{host}]")?,
                Host::Tcp(host) => formatter.write_str(host)?,
                #[cfg(unix)]
                Host::Unix(folder) => folder.display().fmt(formatter)?,
            }
        }
        for port in self.0.get_ports().iter().filter(|port| **port != USUAL_PORT) {
            write!(formatter, ":{port}")?;
        }
        write!(formatter, "/{}", self.0.get_dbname().unwrap_or_default())
    }
}

impl fmt::Debug for PostgresUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

/// Whether a host is this machine.
fn is_near(host: &Host) -> bool {
    match host {
        Host::Tcp(host) => host == "localhost" || host.parse().is_ok_and(|address: IpAddr| address.is_loopback()),
        #[cfg(unix)]
        Host::Unix(_) => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_machine_is_spoken_to_in_the_clear_only_where_somebody_says_so() {
        for (address, mode) in [
            ("postgres://db.example/pay", SslMode::Require),
            ("postgres://db.example/pay?sslmode=prefer", SslMode::Require),
            ("postgres://db.example/pay?sslmode=require", SslMode::Require),
            ("postgres://db.example/pay?sslmode=verify-full", SslMode::Require),
            ("postgres://db.example/pay?sslmode=disable", SslMode::Disable),
            ("postgres://127.0.0.1.evil.example/pay", SslMode::Require),
            ("postgres://localhost/pay", SslMode::Disable),
            ("postgres://127.0.0.1/pay", SslMode::Disable),
            ("postgres://[::1]/pay?sslmode=prefer", SslMode::Prefer),
            ("postgres://127.0.0.1/pay?sslmode=require", SslMode::Require),
            ("postgres://127.0.0.1/pay?hostaddr=192.0.2.1", SslMode::Require),
            ("postgres:///pay?host=/run/postgresql", SslMode::Disable),
            (
                "postgres://u:a?sslmode=disable@db.example/pay?application_name=a%20b",
                SslMode::Require,
            ),
        ] {
            let url = address.parse::<PostgresUrl>();
            assert_eq!(url.map(|url| url.0.get_ssl_mode()), Ok(mode), "{address}");
        }
    }
}
