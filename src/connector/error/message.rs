//! The sentence that a person reads: what happened, what to do, in brackets the provider's words, last the fixed code.

use super::catalogue::Entry;
use std::time::Duration;

/// No message is longer, in characters.
const MAX_MESSAGE: usize = 1_000;
/// So much of the provider's own words is shown, in characters.
const MAX_WORDS: usize = 300;

/// What the placeholders and the brackets are filled with.
#[derive(Debug, Default)]
pub struct Details<'a> {
    pub host: Option<&'a str>,
    /// Where a redirect leads.
    pub target: Option<&'a str>,
    pub wait: Option<Duration>,
    pub words: Option<&'a str>,
    /// The words are this connector's, not the provider's.
    pub is_own: bool,
    /// Sentences that follow what to do.
    pub notes: &'a [String],
    pub status: Option<u16>,
    pub provider_code: Option<&'a str>,
    pub request_id: Option<&'a str>,
}

/// `Creating ada@example.com failed: all 10 user licences are in use. Deactivate … (the provider says: …) [LICENSE_LIMIT]`
pub fn compose(doing: &str, entry: &Entry, details: &Details<'_>) -> String {
    let words = details.words.map(|words| clean(words, MAX_WORDS)).unwrap_or_default();
    let subject = clean(doing.split_once(' ').map_or("", |(_, subject)| subject), 200);
    let fill = |sentence: &str| {
        sentence
            .replace("{user}", &subject)
            .replace("{host}", details.host.unwrap_or("the provider"))
            .replace("{target}", details.target.unwrap_or("another address"))
            .replace("{limit}", &limit(&words))
            .replace("{seconds}", &wait(details.wait))
            .replace("{figures}", &words)
    };
    let shows_words = !entry.happened.contains("{figures}");
    let mut brackets = Vec::new();
    if shows_words && !words.is_empty() {
        brackets.push(words.trim_end_matches('.').to_owned());
    }
    brackets.extend(details.provider_code.map(|code| clean(code, 100)));
    brackets.extend(details.status.map(|status| format!("HTTP {status}")));
    brackets.extend(details.request_id.map(|id| format!("request {}", clean(id, 100))));
    let said = match brackets.join("; ") {
        said if said.is_empty() => said,
        said if details.is_own => format!(" ({said})"),
        said => format!(" (The provider says: {said})"),
    };
    let advice = [&[fill(entry.to_do)], details.notes].concat().join(" ");
    let text = format!("{} failed: {}. {advice}{said}", clean(doing, 250), fill(entry.happened));
    with_code(&text, entry.code)
}

/// The text as one line, whatever it quotes, cut so that it and the code fit.
pub fn with_code(text: &str, code: &str) -> String {
    let code = format!(" [{code}]");
    let room = MAX_MESSAGE - code.len();
    let text = text.replace(char::is_control, " ");
    let text = if text.chars().count() > room {
        format!("{}…", text.chars().take(room - 1).collect::<String>())
    } else {
        text
    };
    text + &code
}

/// Text of others as one line: no control characters, no markup, no longer than `max` characters.
pub fn clean(text: &str, max: usize) -> String {
    let mut clean = String::with_capacity(text.len().min(max * 4));
    let mut in_tag = false;
    for character in text.chars() {
        match character {
            '<' => in_tag = true,
            '>' if in_tag => {
                in_tag = false;
                clean.push(' ');
            }
            _ if in_tag => {}
            character if character.is_control() || character.is_whitespace() => clean.push(' '),
            character => clean.push(character),
        }
    }
    let clean = clean.split_whitespace().collect::<Vec<_>>().join(" ");
    if clean.chars().count() <= max { clean } else { format!("{}…", clean.chars().take(max - 1).collect::<String>()) }
}

/// The number of licences with a space after it, where the provider names it ("10 of 10 user licenses"); else nothing.
fn limit(words: &str) -> String {
    let words: Vec<&str> = words.split_whitespace().collect();
    let named = words.windows(2).find_map(|pair| match pair {
        ["of", number] => number.trim_matches(|c: char| !c.is_ascii_digit()).parse::<u64>().ok(),
        _ => None,
    });
    named.map(|number| format!("{number} ")).unwrap_or_default()
}

fn wait(wait: Option<Duration>) -> String {
    match wait.map(|wait| wait.as_secs()) {
        None => " later".to_owned(),
        Some(seconds @ 0..=119) => format!(" in {seconds} seconds"),
        Some(seconds @ 120..=7_199) => format!(" in {} minutes", seconds.div_ceil(60)),
        Some(seconds) => format!(" in {} hours", seconds.div_ceil(3_600)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_of_others_loses_markup_and_control_characters() {
        assert_eq!(clean("<b>No\u{1b}[31m</b>\n entry", 100), "No [31m entry");
        assert_eq!(clean(&"x".repeat(50), 10), format!("{}…", "x".repeat(9)));
    }

    #[test]
    fn a_message_keeps_its_code_however_long_it_is() {
        let text = with_code(&"é".repeat(5_000), "TIMEOUT");
        assert_eq!(text.chars().count(), MAX_MESSAGE);
        assert!(text.ends_with("… [TIMEOUT]"));
    }

    #[test]
    fn what_a_message_quotes_does_not_break_its_line() {
        assert_eq!(
            with_code("op is \"A\u{0}\u{1b}[2J\"\nhere", "INVALID_INPUT"),
            "op is \"A  [2J\" here [INVALID_INPUT]"
        );
    }

    #[test]
    fn the_limit_is_taken_from_the_provider_s_words() {
        assert_eq!(limit("license limit exceeded: 10 of 10 user licenses are in use"), "10 ");
        assert_eq!(limit("license limit exceeded"), "");
    }
}
