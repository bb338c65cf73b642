//! Entry: parse the command line, start logging, run the command, end with an exit code.

use std::process::ExitCode;

use acedata_pay_mcp::cli::{Cli, Command};
use acedata_pay_mcp::logging::{self, Logs};
use acedata_pay_mcp::settings::{Config, ConfigError};
use acedata_pay_mcp::token::withheld;
use acedata_pay_mcp::{commands, mcp};
use clap::Parser as _;

/// Exit code for a setting that cannot be used, as for a command line that cannot be read.
const BAD_SETTING: u8 = 2;

fn main() -> ExitCode {
    let cli = Cli::try_parse().unwrap_or_else(|error| refuse(&error));
    let logs = logging::start();
    let code = start(cli).unwrap_or_else(|error| fail(&error, &logs));
    logs.finish();
    code
}

fn start(cli: Cli) -> anyhow::Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let result = runtime.block_on(run(cli));
    // A read of stdin, or a write to stdout, that is still blocking must not keep the process.
    runtime.shutdown_background();
    result
}

async fn run(cli: Cli) -> anyhow::Result<ExitCode> {
    match cli.command {
        None => mcp::serve(Config::load(&cli.settings)?).await?,
        Some(Command::Pay(pay)) => return commands::pay::run(pay).await,
        Some(Command::Status(status)) => return commands::status::run(status).await,
        Some(Command::History(history)) => return commands::history::run(history).await,
        Some(Command::Release(release)) => return commands::release::run(release).await,
        Some(Command::Sandbox { port }) => commands::sandbox::run(port).await?,
        Some(Command::Demo { manual }) => commands::demo::run(manual).await?,
        Some(Command::Config {
            host,
            sandbox,
            token_file,
            link,
        }) => commands::config::run(host, sandbox, token_file, link)?,
        Some(Command::Doctor { json, settings }) => return commands::doctor::run(&settings, json).await,
        Some(Command::Completions { shell }) => commands::completions::run(shell)?,
        Some(Command::Man) => commands::man::run()?,
    }
    Ok(ExitCode::SUCCESS)
}

/// Ends the process with what is wrong with the command line (or the help that it asked for), without a token in it.
#[expect(clippy::print_stderr, reason = "the last word of a command that failed")]
fn refuse(error: &clap::Error) -> ! {
    let said = error.to_string();
    let shown = withheld(&said);
    if error.use_stderr() && shown != said {
        eprint!("{shown}");
        std::process::exit(error.exit_code());
    }
    error.exit()
}

/// The last word of a command that failed.
fn fail(error: &anyhow::Error, logs: &Logs) -> ExitCode {
    logs.say(&format!("error: {error:#}\n"));
    match error.downcast_ref::<ConfigError>() {
        Some(setting) => {
            logs.say(&format!("hint: {}\n", setting.hint()));
            ExitCode::from(BAD_SETTING)
        }
        None => ExitCode::FAILURE,
    }
}
