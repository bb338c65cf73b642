//! The check of the payment journal. It makes nothing that is not there.

use super::report::Check;
use super::settings;
use crate::journal::{Front, Health};
use crate::settings::{JOURNAL, World};
use crate::setup;
use crate::token::withheld;

const NAME: &str = "journal";

/// Where the journal is and what is in it, or why it cannot be used; none where the setting for it cannot be read, which is told
/// among the settings.
pub(super) async fn check(world: &World<'_>) -> Option<Check> {
    let said = world.get(&JOURNAL).ok()?;
    let Some(target) = settings::target(world) else {
        return Some(Check::skipped(NAME, "the base URL cannot be used"));
    };
    let journal = setup::journal(&target, said.value, Front::Terminal);
    let place = withheld(&journal.location().to_string());
    Some(match journal.check().await {
        Ok(health) => of(&health, &format!("{place} {}", settings::from(&said.source))),
        Err(error) => Check::failed(NAME, format!("{place}: {error}"), error.hint()),
    })
}

fn of(health: &Health, place: &str) -> Check {
    let Health {
        exists, attempts, open, ..
    } = health;
    match (exists, open) {
        (false, _) => Check::ok(NAME, format!("{place}, made with the first payment")),
        (true, 0) => Check::ok(NAME, format!("{place}, {attempts} in it, none open")),
        (true, open) => Check::warning(
            NAME,
            format!("{place}, {attempts} in it, {open} open"),
            "the end of an open signed payment is not known: `acedata-pay-mcp history` names its order, and `status ORDER` looks \
             at that",
        ),
    }
}
