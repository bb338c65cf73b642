//! The orders every sandbox has from the start, for each case that is worth a try.

use serde_json::{Value, json};

use super::order::{Ending, Kind, State, Terms, terms};

/// An order that every sandbox has from the start.
#[derive(Debug)]
pub struct Preset {
    /// Its id, the same in every sandbox.
    pub id: &'static str,
    /// What it is there to try.
    pub about: &'static str,
    terms: fn() -> Terms,
}

impl Preset {
    /// What sets it apart.
    pub(super) fn terms(&self) -> Terms {
        (self.terms)()
    }
}

/// The orders every sandbox has from the start.
pub const PRESETS: &[Preset] = &[
    Preset {
        id: "00000000-0000-4000-8000-000000000001",
        about: "9.90 USD for ChatGPT, to pay by STRIPE or CARD",
        terms: || terms("ChatGPT", json!("9.90"), "USD"),
    },
    Preset {
        id: "00000000-0000-4000-8000-000000000002",
        about: "68.00 CNY for Suno, to pay by WECHATPAY (a code to scan)",
        terms: || terms("Suno", json!("68.00"), "CNY"),
    },
    Preset {
        id: "00000000-0000-4000-8000-000000000003",
        about: "35.50 CNY for Midjourney, to pay by ALIPAY",
        terms: || terms("Midjourney", json!("35.50"), "CNY"),
    },
    Preset {
        id: "00000000-0000-4000-8000-000000000004",
        about: "1.20 USD for Flux, to pay by X402 (USDC, a challenge to sign)",
        terms: || terms("Flux", json!("1.20"), "USD"),
    },
    Preset {
        id: "00000000-0000-4000-8000-000000000005",
        about: "free: finishes at once, needs no pay way",
        terms: || terms("Luma", json!("0.00"), "USD"),
    },
    Preset {
        id: "00000000-0000-4000-8000-000000000006",
        about: "expired: cannot be paid any more",
        terms: || Terms {
            state: State::Expired,
            ..terms("ChatGPT", json!("9.90"), "USD")
        },
    },
    Preset {
        id: "00000000-0000-4000-8000-000000000007",
        about: "failed: cannot be paid any more",
        terms: || Terms {
            state: State::Failed,
            ..terms("ChatGPT", json!("9.90"), "USD")
        },
    },
    Preset {
        id: "00000000-0000-4000-8000-000000000008",
        about: "49.99 as a JSON number, without a currency",
        terms: || Terms {
            currency: None,
            ..terms("Claude", json!(49.99), "")
        },
    },
    Preset {
        id: "00000000-0000-4000-8000-000000000009",
        about: "every optional field null until a payment is started",
        terms: || Terms {
            currency: None,
            kind: Kind::Bare,
            ..terms("", Value::Null, "")
        },
    },
    Preset {
        id: "00000000-0000-4000-8000-000000000010",
        about: "somebody else's: access is refused",
        terms: || Terms {
            kind: Kind::Foreign,
            ..terms("ChatGPT", json!("9.90"), "USD")
        },
    },
    Preset {
        id: "00000000-0000-4000-8000-000000000011",
        about: "finished: paid already",
        terms: || Terms {
            state: State::Finished,
            ..terms("ChatGPT", json!("9.90"), "USD")
        },
    },
    Preset {
        id: "00000000-0000-4000-8000-000000000012",
        about: "2.50 USD to pay by X402: the wallet has too little USDC, so it fails and nobody is charged",
        terms: || signed(Ending::NoFunds),
    },
    Preset {
        id: "00000000-0000-4000-8000-000000000013",
        about: "2.50 USD to pay by X402: it fails, and whether the payer was charged is not said",
        terms: || signed(Ending::Unclear),
    },
    Preset {
        id: "00000000-0000-4000-8000-000000000014",
        about: "2.50 USD to pay by X402: it is settled, and the answer is lost (504)",
        terms: || signed(Ending::Lost),
    },
    Preset {
        id: "00000000-0000-4000-8000-000000000015",
        about: "2.50 USD to pay by X402: it is settled after a minute",
        terms: || signed(Ending::Slow),
    },
    Preset {
        id: "00000000-0000-4000-8000-000000000016",
        about: "2.50 USD to pay by X402, in version 1 of the protocol",
        terms: || signed(Ending::VersionOne),
    },
];

/// The terms of an order whose signed payment ends in a special way.
fn signed(ending: Ending) -> Terms {
    Terms {
        kind: Kind::Signed(ending),
        ..terms("Flux", json!("2.50"), "USD")
    }
}
