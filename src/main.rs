//! Entry: parse the command line, start logging, run the command, end with an exit code.

use std::io::IsTerminal as _;
use std::process::ExitCode;

use acedata_pay_mcp::cli::{self, Cli, Command};
use acedata_pay_mcp::logging::{self, Logs};
use acedata_pay_mcp::pay_way::PayWays;
use acedata_pay_mcp::settings::{self, Config, ConfigError};
use acedata_pay_mcp::token::withheld;
use acedata_pay_mcp::{commands, mcp};
use clap::Parser as _;

/// Exit code for a setting that cannot be used, as for a command line that cannot be read.
const BAD_SETTING: u8 = 2;

fn main() -> ExitCode {
    let typed = Cli::try_parse().map_err(|error| {
        let fault = cli::fault_of_server(&error, std::env::args_os().skip(1));
        fault
            .filter(|_| !is_typed_by_a_person())
            .unwrap_or_else(|| refuse(&error))
    });
    let logs = logging::start();
    let code = start(typed, &logs).unwrap_or_else(|error| fail(&error, &logs));
    logs.finish();
    code
}

fn start(typed: Result<Cli, ConfigError>, logs: &Logs) -> anyhow::Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let result = runtime.block_on(run(typed, logs));
    // A read of stdin, or a write to stdout, that is still blocking must not keep the process.
    runtime.shutdown_background();
    result
}

async fn run(typed: Result<Cli, ConfigError>, logs: &Logs) -> anyhow::Result<ExitCode> {
    let cli = match typed {
        Ok(cli) => cli,
        Err(error) => return explain(error, None, logs).await,
    };
    match cli.command {
        None => match Config::load(&cli.settings) {
            Ok(config) => mcp::serve(config).await?,
            Err(error) => return explain(error, settings::allowed(&cli.settings), logs).await,
        },
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

/// Tells a client that starts a server what is wrong with its settings: stderr reaches nobody in many of them. Where nobody
/// asks, as in a terminal, it ends as every command does.
async fn explain(error: ConfigError, ways: Option<PayWays>, logs: &Logs) -> anyhow::Result<ExitCode> {
    if is_typed_by_a_person() {
        return Err(error.into());
    }
    complain(&error, logs);
    let was_asked = mcp::explain(&error, ways).await?;
    Ok(if was_asked {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(BAD_SETTING)
    })
}

fn is_typed_by_a_person() -> bool {
    std::io::stdin().is_terminal()
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
    if let Some(setting) = error.downcast_ref() {
        complain(setting, logs);
        return ExitCode::from(BAD_SETTING);
    }
    logs.say(&format!("error: {error:#}\n"));
    ExitCode::FAILURE
}

/// What is wrong with a setting, and what to do.
fn complain(error: &ConfigError, logs: &Logs) {
    logs.say(&format!("error: {error}\nhint: {}\n", error.hint()));
}
