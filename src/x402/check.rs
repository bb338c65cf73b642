//! Whether a signed payment pays what its order's challenge asks for: decided before anything is sent.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::terms::EntryTerms;
use super::{Network, PaymentPayload, RequiredTerms};
use crate::money::Money;
use crate::text::Given;

/// The longest time that a signature may be valid for; challenges ask for a minute or two.
const LONGEST_LIFE: Duration = Duration::from_secs(3600);

/// How far the chain's clock may be from ours, in either direction. What may be in time by the chain's clock is no misfit.
const CLOCK_SKEW: Duration = Duration::from_secs(60);

/// What a signed payment pays: checked against the order's challenge. None of it is secret, and all of it is to be recorded.
///
/// It pays by the scheme `exact`. On Solana the wallet hands over a transaction that nobody here can read
/// ([`is_readable`](Self::is_readable) is false): then network, payee and amount are those of the entry that the wallet says
/// it accepted, and payer, nonce and times are not known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckedPayment {
    /// The chain; the token is [USDC](Network::usdc) there.
    pub network: Network,
    /// Who is paid: lower-case hexadecimal, or base58 on Solana.
    pub payee: String,
    /// The amount in USDC.
    pub amount: Money,
    /// The same in millionths, in plain digits.
    pub amount_atomic: String,
    /// Who pays.
    pub payer: Option<String>,
    /// What makes the payment one of a kind for its payer: 32 bytes in hexadecimal.
    pub nonce: Option<String>,
    /// From when on it can be settled, in seconds since 1970.
    pub valid_after: Option<u64>,
    /// Until when it can be settled, in seconds since 1970.
    pub valid_before: Option<u64>,
    /// Which payment it is, see [`PaymentPayload::digest`].
    pub digest: String,
}

impl CheckedPayment {
    /// The token's contract or mint.
    #[must_use]
    pub fn asset(&self) -> &'static str {
        self.network.usdc()
    }

    /// Whether what was signed could be read, and so was checked; otherwise the wallet is taken at its word.
    #[must_use]
    pub fn is_readable(&self) -> bool {
        self.payer.is_some()
    }
}

/// Why a signed payment does not fit an order. Nothing was sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// Its time is over.
    #[error("it has expired (`validBefore` has passed)")]
    Expired,
    /// Its time has not come.
    #[error("it is not valid yet (`validAfter` is to come): sign again, with a `validAfter` of 0 or now")]
    NotYet,
    /// Its time is too far off.
    #[error(
        "it is valid for longer than an hour: `validBefore` must be soon, as the challenge's `maxTimeoutSeconds` asks"
    )]
    TooLong,
    /// It is in another version than the challenge.
    #[error("it is version {signed}, and the challenge asks for version {asked}")]
    Version {
        /// The signature's version.
        signed: u8,
        /// The challenge's version.
        asked: u8,
    },
    /// The challenge asks for no payment on its network.
    #[error("the challenge offers no payment in USDC on {}", .0.label())]
    Network(Network),
    /// It pays another amount or payee than the challenge asks for.
    #[error("its {what} is not the challenge's {}", Given(.asked))]
    Terms {
        /// What differs: amount or payee.
        what: &'static str,
        /// What the challenge asks for.
        asked: String,
    },
    /// What it says it accepted is no entry of the challenge, or one that was changed.
    #[error("its `accepted` is not an entry of the challenge's `accepts`, unchanged")]
    Entry,
}

impl PaymentPayload {
    /// Checks what can be checked without the order's challenge: that its time has come and is not over at `now`, give or
    /// take a minute, and ends within an hour. [`check`](Self::check) does this too.
    ///
    /// # Errors
    /// [`Unfit`], the first thing that does not fit.
    pub fn check_time(&self, now: SystemTime) -> Result<(), Unfit> {
        let Some(authorization) = &self.authorization else {
            return Ok(());
        };
        let at = |seconds| UNIX_EPOCH + Duration::from_secs(seconds);
        let (begin, end) = (at(authorization.valid_after), at(authorization.valid_before));
        if end + CLOCK_SKEW <= now {
            Err(Unfit::Expired)
        } else if end > now + LONGEST_LIFE + CLOCK_SKEW {
            Err(Unfit::TooLong)
        } else if begin > now + CLOCK_SKEW {
            Err(Unfit::NotYet)
        } else {
            Ok(())
        }
    }

    /// Checks that it is in time at `now` and pays one entry of the order's challenge, as a whole: network, asset, payee and
    /// amount, and the entry that it accepted unchanged. What it pays is to be recorded before it is sent.
    ///
    /// # Errors
    /// [`Unfit`], the first thing that does not fit.
    pub fn check(&self, required: &RequiredTerms, now: SystemTime) -> Result<CheckedPayment, Unfit> {
        self.check_time(now)?;
        if required.version != self.version {
            let (signed, asked) = (self.version.number(), required.version.number());
            return Err(Unfit::Version { signed, asked });
        }
        let entries = required.entries.iter().filter(|entry| entry.network == self.network);
        let judged: Vec<_> = entries.map(|entry| self.fits(entry).map(|()| entry)).collect();
        // Several fit only where nothing tells them apart; then the dearest is what it may cost.
        match judged.iter().flatten().max_by_key(|entry| entry.amount) {
            Some(entry) => Ok(self.checked(entry)),
            None => Err(judged
                .into_iter()
                .find_map(Result::err)
                .unwrap_or(Unfit::Network(self.network))),
        }
    }

    fn fits(&self, entry: &EntryTerms) -> Result<(), Unfit> {
        let differs = |what, asked: &str| {
            let asked = asked.to_owned();
            Err(Unfit::Terms { what, asked })
        };
        match &self.authorization {
            Some(signed) if signed.value != entry.amount_atomic => differs("amount", &entry.amount_atomic),
            Some(signed) if signed.to != entry.payee => differs("payee", &entry.payee),
            _ if self.accepted.is_some_and(|accepted| accepted != entry.hash) => Err(Unfit::Entry),
            _ => Ok(()),
        }
    }

    fn checked(&self, entry: &EntryTerms) -> CheckedPayment {
        let signed = self.authorization.as_ref();
        CheckedPayment {
            network: entry.network,
            payee: entry.payee.clone(),
            amount: entry.amount,
            amount_atomic: entry.amount_atomic.clone(),
            payer: signed.map(|signed| signed.from.clone()),
            nonce: signed.map(|signed| signed.nonce.clone()),
            valid_after: signed.map(|signed| signed.valid_after),
            valid_before: signed.map(|signed| signed.valid_before),
            digest: self.digest(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;
    use std::time::Instant;

    use pretty_assertions::assert_eq;
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;
    use crate::x402::fixtures::{self, NOW, PAYER, at, decoded, payee};
    use crate::x402::{PaymentRequired, Version};

    fn terms(challenge: &PaymentRequired) -> RequiredTerms {
        challenge.terms(Instant::now())
    }

    fn check(signed: &Value, challenge: &PaymentRequired) -> Result<CheckedPayment, Unfit> {
        decoded(signed).unwrap().check(&terms(challenge), at(0))
    }

    fn two(change: impl FnOnce(&mut Value)) -> Value {
        let mut signed = fixtures::signed(Version::Two, Network::Base, "07");
        change(&mut signed);
        signed
    }

    /// A payment of 1.20 USDC to somebody who is not the order's payee, consistent in itself.
    fn both(accepted: &str, signed: &str, value: &Value) -> Value {
        two(|whole| {
            whole["accepted"][accepted] = value.clone();
            whole["payload"]["authorization"][signed] = value.clone();
        })
    }

    #[test]
    fn what_fits_the_challenge_is_what_is_recorded() {
        for version in [Version::One, Version::Two] {
            let challenge = fixtures::challenge(version, &[Network::Solana, Network::Base]);
            let signed = fixtures::signed(version, Network::Base, "07");
            let checked = check(&signed, &challenge).unwrap();
            assert_eq!(
                checked,
                CheckedPayment {
                    network: Network::Base,
                    payee: payee(Network::Base).to_lowercase(),
                    amount: "1.20".parse().unwrap(),
                    amount_atomic: "1200000".into(),
                    payer: Some(PAYER.to_lowercase()),
                    nonce: Some(format!("0x{:0>64}", "07")),
                    valid_after: Some(0),
                    valid_before: Some(NOW + 120),
                    digest: decoded(&signed).unwrap().digest(),
                }
            );
            assert_eq!((checked.asset(), checked.is_readable()), (Network::Base.usdc(), true));
        }
    }

    #[test]
    fn whatever_entry_is_offered_can_be_echoed_and_paid() {
        let offered = |key: &str, value: Value| {
            let mut entry = fixtures::entry(Version::Two, Network::Base);
            entry[key] = value;
            let challenge = fixtures::challenge_of(Version::Two, &[entry.clone()])?;
            Some(check(&two(|signed| signed["accepted"] = entry), &challenge).map(|checked| checked.amount_atomic))
        };
        let paid = || Some(Ok("1200000".to_owned()));
        assert_eq!(offered("maxAmountRequired", json!(null)), paid());
        assert_eq!(offered("maxAmountRequired", json!("1200000")), paid());
        let nested = |levels| (0..levels).fold(json!(1), |inner, _| json!([inner]));
        assert_eq!(offered("memo", nested(13)), paid());
        assert_eq!(offered("memo", nested(14)), None);

        let mut entry = fixtures::entry(Version::One, Network::Base);
        entry["amount"] = json!(null);
        entry["network"] = json!(Network::Base.id());
        let challenge = fixtures::challenge_of(Version::Two, &[entry.clone()]).unwrap();
        let checked = check(&two(|signed| signed["accepted"] = entry), &challenge);
        assert_eq!(checked.map(|checked| checked.amount_atomic), Ok("1200000".to_owned()));
    }

    #[test]
    fn of_a_transaction_on_solana_the_entry_alone_is_known() {
        for version in [Version::One, Version::Two] {
            let challenge = fixtures::challenge(version, &[Network::Base, Network::Solana]);
            let signed = fixtures::signed(version, Network::Solana, "");
            let checked = check(&signed, &challenge).unwrap();
            assert_eq!(
                checked,
                CheckedPayment {
                    network: Network::Solana,
                    payee: payee(Network::Solana).to_owned(),
                    amount: "1.20".parse().unwrap(),
                    amount_atomic: "1200000".into(),
                    payer: None,
                    nonce: None,
                    valid_after: None,
                    valid_before: None,
                    digest: decoded(&signed).unwrap().digest(),
                }
            );
            assert!(!checked.is_readable());
        }
    }

    #[test]
    fn where_nothing_tells_entries_apart_the_dearest_counts() {
        let mut dear = fixtures::entry(Version::One, Network::Solana);
        dear["maxAmountRequired"] = json!("9900000");
        let cheap = fixtures::entry(Version::One, Network::Solana);
        let signed = fixtures::signed(Version::One, Network::Solana, "");
        for entries in [[cheap.clone(), dear.clone()], [dear, cheap]] {
            let challenge = fixtures::challenge_of(Version::One, &entries).unwrap();
            assert_eq!(check(&signed, &challenge).unwrap().amount, "9.90".parse().unwrap());
        }
    }

    #[test]
    fn what_was_accepted_is_one_entry_as_a_whole_in_any_order_of_its_keys() {
        let challenge = fixtures::challenge(Version::Two, &[Network::Base]);
        assert!(check(&two(Value::sort_all_objects), &challenge).is_ok());
        for (pointer, value) in [
            ("/accepted/asset", json!(Network::Base.usdc().to_lowercase())),
            ("/accepted/asset", json!(Network::BaseSepolia.usdc())),
            ("/accepted/asset", json!(null)),
            ("/accepted/network", json!("base")),
            ("/accepted/maxTimeoutSeconds", json!(121)),
            ("/accepted/maxTimeoutSeconds", json!("120")),
            ("/accepted/extra", json!({})),
            ("/accepted/extra/name", json!("USDC")),
            ("/accepted/extra/version", json!(2)),
            ("/accepted/extra/chainId", json!(1)),
            ("/accepted/extra/verifyingContract", json!(PAYER)),
        ] {
            let signed = two(|signed| *signed.pointer_mut(pointer).unwrap() = value.clone());
            assert_eq!(check(&signed, &challenge), Err(Unfit::Entry), "{pointer} {value}");
        }
        let more = two(|signed| signed["accepted"]["more"] = json!(true));
        assert_eq!(check(&more, &challenge), Err(Unfit::Entry));
        let less = two(|signed| drop(signed["accepted"].as_object_mut().unwrap().remove("maxTimeoutSeconds")));
        assert_eq!(check(&less, &challenge), Err(Unfit::Entry));
        // A transaction is known by its entry alone.
        let challenge = fixtures::challenge(Version::Two, &[Network::Solana]);
        let mut cheap = fixtures::signed(Version::Two, Network::Solana, "");
        cheap["accepted"]["amount"] = json!("1");
        assert_eq!(check(&cheap, &challenge), Err(Unfit::Entry));
    }

    #[test]
    fn parts_of_two_entries_are_no_entry() {
        let mut dear = fixtures::entry(Version::Two, Network::Base);
        dear["amount"] = json!("9900000");
        dear["payTo"] = json!(PAYER);
        let challenge = fixtures::challenge_of(
            Version::Two,
            &[fixtures::entry(Version::Two, Network::Base), dear.clone()],
        )
        .unwrap();
        let mixed = both("amount", "value", &json!("9900000"));
        assert_eq!(
            check(&mixed, &challenge).unwrap_err().to_string(),
            "its amount is not the challenge's `1200000`"
        );
        let whole = two(|signed| {
            signed["accepted"] = dear.clone();
            signed["payload"]["authorization"]["value"] = dear["amount"].clone();
            signed["payload"]["authorization"]["to"] = dear["payTo"].clone();
        });
        assert_eq!(check(&whole, &challenge).unwrap().amount_atomic, "9900000");
    }

    #[test]
    fn what_does_not_fit_says_why() {
        let challenge = fixtures::challenge(Version::Two, &[Network::Base]);
        let asked = payee(Network::Base).to_lowercase();
        for (signed, says) in [
            (
                both("amount", "value", &json!("1200001")),
                "its amount is not the challenge's `1200000`".to_owned(),
            ),
            (
                both("amount", "value", &json!("1")),
                "its amount is not the challenge's `1200000`".to_owned(),
            ),
            (
                both("payTo", "to", &json!(PAYER)),
                format!("its payee is not the challenge's `{asked}`"),
            ),
            (
                fixtures::signed(Version::Two, Network::Solana, ""),
                "the challenge offers no payment in USDC on Solana".to_owned(),
            ),
            (
                fixtures::signed(Version::Two, Network::BaseSepolia, ""),
                "the challenge offers no payment in USDC on Base Sepolia".to_owned(),
            ),
            (
                fixtures::signed(Version::One, Network::Base, ""),
                "it is version 1, and the challenge asks for version 2".to_owned(),
            ),
        ] {
            assert_eq!(check(&signed, &challenge).unwrap_err().to_string(), says, "{signed}");
        }
        let challenge = fixtures::challenge(Version::One, &[Network::Base]);
        for (name, value) in [("value", json!("1")), ("to", json!(PAYER))] {
            let mut signed = fixtures::signed(Version::One, Network::Base, "");
            signed["payload"]["authorization"][name] = value;
            assert!(
                matches!(check(&signed, &challenge), Err(Unfit::Terms { .. })),
                "{signed}"
            );
        }
    }

    #[test]
    fn its_time_is_now_give_or_take_a_minute_and_no_longer_than_an_hour() {
        let required = terms(&fixtures::challenge(Version::Two, &[Network::Base]));
        let time = |after: u64, before: u64| {
            let signed = two(|signed| {
                signed["payload"]["authorization"]["validAfter"] = json!(after.to_string());
                signed["payload"]["authorization"]["validBefore"] = json!(before);
            });
            let payload = decoded(&signed).unwrap();
            let checked = payload.check(&required, at(0));
            assert_eq!(checked.clone().err(), payload.check_time(at(0)).err());
            checked.map(drop)
        };
        for (after, before, expected) in [
            (0, NOW + 120, Ok(())),
            (NOW - 600, NOW + 120, Ok(())),
            (NOW + 60, NOW + 120, Ok(())),
            (NOW + 61, NOW + 120, Err(Unfit::NotYet)),
            (NOW + 3000, NOW + 3600, Err(Unfit::NotYet)),
            (0, NOW + 1, Ok(())),
            (0, NOW - 59, Ok(())),
            (0, NOW - 60, Err(Unfit::Expired)),
            (0, 1, Err(Unfit::Expired)),
            (0, NOW + 3600, Ok(())),
            (0, NOW + 3660, Ok(())),
            (0, NOW + 3661, Err(Unfit::TooLong)),
            (0, 253_402_300_799, Err(Unfit::TooLong)),
        ] {
            assert_eq!(time(after, before), expected, "{after} {before}");
        }
        let transaction = decoded(&fixtures::signed(Version::Two, Network::Solana, "")).unwrap();
        assert_eq!(transaction.check_time(at(1_000_000)), Ok(()));
        let usual = decoded(&two(|_| ())).unwrap();
        assert_eq!(usual.check_time(UNIX_EPOCH), Err(Unfit::TooLong));
    }

    static REQUIRED: LazyLock<RequiredTerms> =
        LazyLock::new(|| terms(&fixtures::challenge(Version::Two, &[Network::Base, Network::Solana])));

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(10_000))]

        #[test]
        fn nothing_but_the_challenges_own_terms_passes(
            amount in prop_oneof![Just(1_200_000_u64), any::<u64>()],
            to in prop_oneof![Just(payee(Network::Base).to_owned()), "0x[0-9a-fA-F]{40}"],
            timeout in prop_oneof![Just(120_u64), any::<u64>()],
        ) {
            let signed = two(|signed| {
                signed["accepted"]["amount"] = json!(amount.to_string());
                signed["accepted"]["payTo"] = json!(to);
                signed["accepted"]["maxTimeoutSeconds"] = json!(timeout);
                signed["payload"]["authorization"]["value"] = json!(amount);
                signed["payload"]["authorization"]["to"] = json!(to);
            });
            let is_asked = amount == 1_200_000 && to == payee(Network::Base) && timeout == 120;
            prop_assert_eq!(decoded(&signed).unwrap().check(&REQUIRED, at(0)).is_ok(), is_asked);
        }
    }
}
