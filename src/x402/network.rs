//! The chains that a payment can be made on, and USDC there.

/// A chain on which USDC is paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Network {
    /// Base.
    Base,
    /// Base's test network, whose tokens are worth nothing.
    BaseSepolia,
    /// Solana.
    Solana,
}

/// Which chains an order may be paid on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Chains {
    /// Real money: Base and Solana.
    Live,
    /// A sandbox, where nothing that is signed may be worth anything: Base Sepolia.
    Sandbox,
}

impl Chains {
    /// Whether an order may be paid on that chain.
    #[must_use]
    pub fn allow(self, network: Network) -> bool {
        match network {
            Network::Base | Network::Solana => self == Self::Live,
            Network::BaseSepolia => self == Self::Sandbox,
        }
    }
}

impl Network {
    const ALL: [Self; 3] = [Self::Base, Self::BaseSepolia, Self::Solana];

    /// Reads a chain's id or its name in version 1; `None` for a chain that is not paid on.
    #[must_use]
    pub fn read(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|network| [network.id(), network.name()].contains(&name))
    }

    /// The chain's id (CAIP-2), which version 2 uses.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::Base => "eip155:8453",
            Self::BaseSepolia => "eip155:84532",
            Self::Solana => "solana:5eykt4UsFv8P8NJdTREpY1vzqKqZKvdp",
        }
    }

    /// The chain's name in version 1.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Base => "base",
            Self::BaseSepolia => "base-sepolia",
            Self::Solana => "solana",
        }
    }

    /// The chain's name for people.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Base => "Base",
            Self::BaseSepolia => "Base Sepolia",
            Self::Solana => "Solana",
        }
    }

    /// USDC on the chain: its contract or mint.
    #[must_use]
    pub fn usdc(self) -> &'static str {
        match self {
            Self::Base => "0x833589fCD6eDb6E08f4c7C32D4f71b54bdA02913",
            Self::BaseSepolia => "0x036CbD53842c5426634e7929541eC2318f3dCF7e",
            Self::Solana => "EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v",
        }
    }

    /// The number that a wallet signs for the chain, where it signs an EIP-3009 authorization (EIP-155). Without one it signs
    /// a transaction.
    #[must_use]
    pub fn chain_id(self) -> Option<u64> {
        match self {
            Self::Base => Some(8453),
            Self::BaseSepolia => Some(84532),
            Self::Solana => None,
        }
    }

    /// An address of the chain as it is compared: lower-case hexadecimal, or base58 as it stands. `None` for what is none.
    pub(super) fn address(self, text: &str) -> Option<String> {
        match self {
            Self::Base | Self::BaseSepolia => hexadecimal(text, 20),
            Self::Solana => is_base58_key(text).then(|| text.to_owned()),
        }
    }

    /// Whether an address names USDC on the chain.
    pub(super) fn is_usdc(self, asset: &str) -> bool {
        let asset = self.address(asset);
        asset.is_some() && asset == self.address(self.usdc())
    }
}

/// So many bytes in hexadecimal after `0x`, in lower case; `None` for anything else.
pub(super) fn hexadecimal(text: &str, bytes: usize) -> Option<String> {
    let digits = text.strip_prefix("0x")?;
    let fits = digits.len() == 2 * bytes && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    fits.then(|| text.to_ascii_lowercase())
}

/// Whether a text could be 32 bytes in base58.
fn is_base58_key(text: &str) -> bool {
    let is_digit = |byte: u8| byte.is_ascii_alphanumeric() && !b"0OIl".contains(&byte);
    (32..=44).contains(&text.len()) && text.bytes().all(is_digit)
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    #[test]
    fn a_chain_is_read_by_its_id_and_by_its_name() {
        for network in Network::ALL {
            for name in [network.id(), network.name()] {
                assert_eq!(Network::read(name), Some(network));
            }
            assert!(network.is_usdc(network.usdc()), "{network:?}");
        }
        for other in [
            "",
            "eip155:1",
            "eip155:08453",
            "eip155:8453 ",
            "BASE",
            "polygon",
            "solana-devnet",
        ] {
            assert_eq!(Network::read(other), None, "{other}");
        }
    }

    #[test]
    fn real_money_and_a_sandbox_have_no_chain_in_common() {
        let allowed = |chains: Chains| Network::ALL.map(|network| chains.allow(network));
        assert_eq!(allowed(Chains::Live), [true, false, true]);
        assert_eq!(allowed(Chains::Sandbox), [false, true, false]);
    }

    #[test]
    fn an_address_is_whole_and_of_its_chain() {
        let upper = "0x833589FCD6EDB6E08F4C7C32D4F71B54BDA02913";
        assert_eq!(Network::Base.address(upper), Some(upper.to_ascii_lowercase()));
        assert!(Network::Base.is_usdc(upper) && !Network::BaseSepolia.is_usdc(upper));
        let mint = Network::Solana.usdc();
        assert_eq!(Network::Solana.address(mint).as_deref(), Some(mint));
        assert!(!Network::Solana.is_usdc(&mint.to_ascii_lowercase()));
        for text in [
            "",
            "0x",
            "0xabc",
            &upper.replace("0x", ""),
            &format!("{upper}0"),
            &upper.replace('9', "g"),
            mint,
        ] {
            assert_eq!(Network::Base.address(text), None, "{text}");
        }
        for text in [
            "",
            upper,
            &mint.replace("EPjFWdd5AufqSS", ""),
            &format!("{mint}1"),
            &mint.replace('W', "0"),
        ] {
            assert_eq!(Network::Solana.address(text), None, "{text}");
        }
    }
}
