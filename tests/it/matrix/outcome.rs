//! What comes out of a command: a cell, and the notation of the tables.

use std::fmt;
use std::str::FromStr;

/// A cell. Of the requests, those for a token are counted too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// `-`: the command never meets the fault, or nothing comes of it.
    NotMet,
    /// `ok`, `ok +2`: just what comes without the fault, with so many more requests at most.
    Right { more: usize },
    /// `part +2`: an account with `results` that say what was not done.
    Partial { more: usize },
    /// `RATE_LIMIT 6`, `RATE_LIMIT 6 late`, `OUTCOME_UNKNOWN 7 done`: the error's code, after so many requests at most, and
    /// what there is all the same.
    Error {
        code: String,
        requests: usize,
        /// Results had been given out before.
        is_late: bool,
        change: Change,
    },
    /// Never right, and in no table.
    Wrong(String),
}

/// What an error leaves of what was to be changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// Nothing is changed.
    None,
    /// `begun`: some of it is there, a new account without its groups.
    Begun,
    /// `done`: all of it.
    Done,
}

impl Outcome {
    /// Whether a table that says `self` allows what was seen.
    pub fn allows(&self, seen: &Self) -> bool {
        match (self, seen) {
            (Self::Right { more: most }, Self::Right { more })
            | (Self::Partial { more: most }, Self::Partial { more }) => more <= most,
            (Self::Error { requests: most, .. }, Self::Error { code, requests, is_late, change }) => {
                let (code, is_late, change) = (code.clone(), *is_late, *change);
                requests <= most && *self == Self::Error { code, requests: *most, is_late, change }
            }
            (Self::Wrong(_), _) => false,
            _ => self == seen,
        }
    }
}

impl Outcome {
    /// The same, whatever the number of requests.
    pub fn uncounted(&self) -> Self {
        self.with_requests(|_| 0)
    }

    /// What both are, if they differ in the number of requests only; else this.
    pub fn or_more(&self, other: &Self) -> Self {
        let most = match other {
            Self::Right { more } | Self::Partial { more } => *more,
            Self::Error { requests, .. } => *requests,
            Self::NotMet | Self::Wrong(_) => 0,
        };
        if self.uncounted() == other.uncounted() { self.with_requests(|own| own.max(most)) } else { self.clone() }
    }

    fn with_requests(&self, change: impl FnOnce(usize) -> usize) -> Self {
        let mut changed = self.clone();
        match &mut changed {
            Self::Right { more: requests } | Self::Partial { more: requests } | Self::Error { requests, .. } => {
                *requests = change(*requests);
            }
            Self::NotMet | Self::Wrong(_) => {}
        }
        changed
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let more = |f: &mut fmt::Formatter<'_>, more: &usize| if *more > 0 { write!(f, " +{more}") } else { Ok(()) };
        match self {
            Self::NotMet => f.write_str("-"),
            Self::Right { more: number } => f.write_str("ok").and_then(|()| more(f, number)),
            Self::Partial { more: number } => f.write_str("part").and_then(|()| more(f, number)),
            Self::Error { code, requests, is_late, change } => {
                let late = if *is_late { " late" } else { "" };
                let change = match change {
                    Change::None => "",
                    Change::Begun => " begun",
                    Change::Done => " done",
                };
                write!(f, "{code} {requests}{late}{change}")
            }
            Self::Wrong(why) => write!(f, "WRONG: {why}"),
        }
    }
}

impl FromStr for Outcome {
    type Err = String;

    fn from_str(cell: &str) -> Result<Self, String> {
        let unreadable = || format!("{cell:?} is no cell");
        let mut words = cell.split_whitespace();
        let word = words.next().ok_or_else(unreadable)?;
        let rest: Vec<&str> = words.collect();
        let more = || match rest.as_slice() {
            [] => Ok(0),
            [more] => more.strip_prefix('+').and_then(|more| more.parse().ok()).ok_or_else(unreadable),
            _ => Err(unreadable()),
        };
        match word {
            "-" if rest.is_empty() => Ok(Self::NotMet),
            "ok" => Ok(Self::Right { more: more()? }),
            "part" => Ok(Self::Partial { more: more()? }),
            code if code.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_') => {
                let (requests, marks) = rest.split_first().ok_or_else(unreadable)?;
                if !marks.iter().all(|mark| ["late", "begun", "done"].contains(mark)) {
                    return Err(unreadable());
                }
                Ok(Self::Error {
                    code: code.to_owned(),
                    requests: requests.parse().map_err(|_| unreadable())?,
                    is_late: marks.contains(&"late"),
                    change: match marks.last() {
                        Some(&"begun") => Change::Begun,
                        Some(&"done") => Change::Done,
                        _ => Change::None,
                    },
                })
            }
            _ => Err(unreadable()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_reads_as_it_is_written() {
        for cell in [
            "-",
            "ok",
            "ok +12",
            "part +1",
            "RATE_LIMIT 6",
            "TIMEOUT 6 late",
            "OUTCOME_UNKNOWN 9 done",
            "TIMEOUT 3 begun",
        ] {
            assert_eq!(cell.parse::<Outcome>().unwrap().to_string(), cell);
        }
        for cell in ["", "ok 2", "ok +2 +3", "RATE_LIMIT", "RATE_LIMIT 6 lately", "complete", "WRONG: all"] {
            cell.parse::<Outcome>().unwrap_err();
        }
    }

    #[test]
    fn fewer_requests_are_allowed_and_nothing_else() {
        let allows = |cell: &str, seen: &str| cell.parse::<Outcome>().unwrap().allows(&seen.parse().unwrap());
        assert!(allows("ok +2", "ok") && allows("TIMEOUT 6 late", "TIMEOUT 5 late"));
        assert!(!allows("ok +2", "ok +3") && !allows("TIMEOUT 6", "TIMEOUT 7") && !allows("TIMEOUT 6", "RATE_LIMIT 6"));
        assert!(!allows("TIMEOUT 6 late", "TIMEOUT 6") && !allows("TIMEOUT 6", "TIMEOUT 6 done") && !allows("ok", "-"));
    }
}
