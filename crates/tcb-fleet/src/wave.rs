//! Which merchants may be worked on: a wave only when the one before it went well.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::merchant::Standing;

/// Sizes of waves, as in `1,10,10%,rest`: merchants, per cent of all, or all that are left. What
/// the sizes leave over is a last wave.
///
/// ```
/// use tcb_fleet::{Brake, Standing, Waves};
///
/// let waves: Waves = "1,50%,rest".parse()?;
/// let standings = [Standing::Ready, Standing::Pending, Standing::Pending, Standing::Pending];
/// // The first merchant is ready, so the second wave is open: half of four.
/// let open = waves.open(Brake::default(), &standings);
/// assert_eq!((open.wave, open.of, open.merchants), (2, 3, 3));
/// # Ok::<(), String>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Waves(Vec<Size>);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Size {
    Merchants(u64),
    Percent(u64),
    Rest,
}

impl Size {
    /// In merchants, of so many. A wave has one at least.
    fn of(self, all: u64) -> u64 {
        match self {
            Self::Merchants(count) => count,
            Self::Percent(percent) => all.saturating_mul(percent).div_ceil(100).max(1),
            Self::Rest => all,
        }
    }
}

fn number(text: &str) -> Option<u64> {
    text.parse().ok().filter(|number| *number > 0)
}

fn percent(text: &str) -> Option<u64> {
    text.strip_suffix('%').and_then(|text| text.parse().ok()).filter(|percent| *percent <= 100)
}

impl FromStr for Waves {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let size = |part: &str| match part.trim() {
            "rest" => Ok(Size::Rest),
            part => number(part)
                .map(Size::Merchants)
                .or_else(|| percent(part).filter(|it| *it > 0).map(Size::Percent))
                .ok_or_else(|| format!("`{part}` is no size of a wave; write `10`, `10%` or `rest`")),
        };
        text.split(',').map(size).collect::<Result<_, _>>().map(Self)
    }
}

impl fmt::Display for Waves {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, size) in self.0.iter().enumerate() {
            f.write_str(if number > 0 { "," } else { "" })?;
            match size {
                Size::Merchants(count) => write!(f, "{count}")?,
                Size::Percent(percent) => write!(f, "{percent}%")?,
                Size::Rest => f.write_str("rest")?,
            }
        }
        Ok(())
    }
}

/// The journal has them as the texts that people write.
macro_rules! as_text {
    ($($kind:ty),*) => {$(
        impl TryFrom<String> for $kind {
            type Error = String;

            fn try_from(text: String) -> Result<Self, String> {
                text.parse()
            }
        }

        impl From<$kind> for String {
            fn from(it: $kind) -> Self {
                it.to_string()
            }
        }
    )*};
}

as_text!(Waves, Brake);

/// One merchant, ten, a tenth, all.
impl Default for Waves {
    fn default() -> Self {
        Self(vec![Size::Merchants(1), Size::Merchants(10), Size::Percent(10), Size::Rest])
    }
}

/// How many failures a wave may have so that the next begins: a number, or per cent of the wave.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Brake {
    number: u64,
    is_percent: bool,
}

impl Brake {
    fn holds(self, failures: u64, size: u64) -> bool {
        if self.is_percent {
            failures.saturating_mul(100) > size.saturating_mul(self.number)
        } else {
            failures > self.number
        }
    }
}

impl FromStr for Brake {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let plain = text.parse().ok().map(|number| Self { number, is_percent: false });
        plain
            .or_else(|| percent(text).map(|number| Self { number, is_percent: true }))
            .ok_or_else(|| format!("`{text}` is no number of failures; write `3` or `5%`"))
    }
}

impl fmt::Display for Brake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.number, if self.is_percent { "%" } else { "" })
    }
}

/// How far the waves are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Open {
    /// How many merchants, from the first of the list, may be worked on.
    pub merchants: usize,
    /// The wave that is on, from 1; 0 when there are no merchants.
    pub wave: usize,
    /// How many waves there are.
    pub of: usize,
    /// Whether the next wave is held back by failures of this one.
    pub is_braked: bool,
}

impl Waves {
    /// How far the waves are when merchants stand so, in the order of the list.
    pub fn open(&self, brake: Brake, standings: &[Standing]) -> Open {
        let ends = self.ends(standings.len());
        let mut open = Open { of: ends.len(), ..Open::default() };
        for end in ends {
            let wave = standings.get(open.merchants..end).unwrap_or_default();
            open = Open { merchants: end, wave: open.wave.saturating_add(1), ..open };
            let failures = wave.iter().filter(|standing| standing.is_failure()).count();
            if wave.contains(&Standing::Pending) || open.wave == open.of {
                break;
            }
            open.is_braked = brake.holds(failures as u64, wave.len() as u64);
            if open.is_braked {
                break;
            }
        }
        open
    }

    /// Where each wave ends, of so many merchants.
    fn ends(&self, all: usize) -> Vec<usize> {
        let mut ends = Vec::new();
        let mut end = 0;
        for size in self.0.iter().copied().chain([Size::Rest]) {
            if end < all {
                let size = usize::try_from(size.of(all as u64)).unwrap_or(usize::MAX);
                end = all.min(end.saturating_add(size));
                ends.push(end);
            }
        }
        ends
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn sizes_are_read_as_they_are_written() {
        for text in ["1,10,10%,rest", "5", "100%"] {
            assert_eq!(text.parse::<Waves>().unwrap().to_string(), text);
        }
        assert_eq!("1, 10 ,10%, rest".parse::<Waves>().unwrap(), Waves::default());
        for text in ["", "0", "0%", "101%", "x", "1,,2", "-1", "1.5"] {
            assert!(text.parse::<Waves>().unwrap_err().contains("is no size"), "{text}");
        }
        for text in ["0", "3", "5%", "0%"] {
            assert_eq!(text.parse::<Brake>().unwrap().to_string(), text);
        }
        for text in ["", "x", "101%", "-1"] {
            assert!(text.parse::<Brake>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_wave_ends_where_its_size_says() {
        for (waves, all, ends) in [
            ("1,10,10%,rest", 0, &[][..]),
            ("1,10,10%,rest", 1, &[1]),
            ("1,10,10%,rest", 5, &[1, 5]),
            ("1,10,10%,rest", 200, &[1, 11, 31, 200]),
            ("1,2", 10, &[1, 3, 10]),
            ("10%", 5, &[1, 5]),
            ("18446744073709551615,1", 5, &[5]),
        ] {
            assert_eq!(waves.parse::<Waves>().unwrap().ends(all), ends, "{waves} of {all}");
        }
    }

    #[test]
    fn the_next_wave_begins_when_this_one_went_well() {
        let waves: Waves = "1,2,rest".parse().unwrap();
        let of = |text: &str| -> Vec<Standing> {
            let name = |letter| match letter {
                'r' => Standing::Ready,
                'w' => Standing::Waiting,
                'x' => Standing::Refused,
                'u' => Standing::Unsettled,
                't' => Standing::Retrying,
                _ => Standing::Pending,
            };
            text.chars().map(name).collect()
        };
        for (standings, brake, merchants, wave, is_braked) in [
            ("ppppp", "0", 1, 1, false),
            ("rpppp", "0", 3, 2, false),
            // People hold nobody back.
            ("wpppp", "0", 3, 2, false),
            ("xpppp", "0", 1, 1, true),
            ("tpppp", "0", 1, 1, true),
            ("rrxpp", "1", 5, 3, false),
            ("rxupp", "1", 3, 2, true),
            ("rxrpp", "49%", 3, 2, true),
            ("rxrpp", "50%", 5, 3, false),
            // As long as one is pending, one waits for it and not for the brake.
            ("rxppp", "0", 3, 2, false),
            // Nothing is behind the last wave.
            ("rrrxx", "0", 5, 3, false),
        ] {
            let open = waves.open(brake.parse().unwrap(), &of(standings));
            assert_eq!((open.merchants, open.wave, open.of), (merchants, wave, 3), "{standings} {brake}");
            assert_eq!(open.is_braked, is_braked, "{standings} {brake}");
        }
        assert_eq!(waves.open(Brake::default(), &[]), Open::default());
    }

    proptest! {
        #[test]
        fn merchants_that_went_well_open_everything_and_failures_only_hold_back(
            sizes in proptest::collection::vec(1_u64..20, 1..5),
            standings in proptest::collection::vec(0_usize..6, 1..60),
        ) {
            let waves = Waves(sizes.into_iter().map(Size::Merchants).collect());
            let standings: Vec<Standing> = standings.into_iter().map(|at| Standing::ALL[at]).collect();
            let open = waves.open(Brake::default(), &standings);
            prop_assert!((1..=standings.len()).contains(&open.merchants));
            let ready = vec![Standing::Ready; standings.len()];
            prop_assert_eq!(waves.open(Brake::default(), &ready).merchants, standings.len());
            prop_assert!(!waves.open("100%".parse().unwrap(), &standings).is_braked);
        }
    }
}
