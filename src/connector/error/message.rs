//! The sentence that a person reads: what happened, what to do, in brackets the provider's words, last the fixed code.

use super::catalogue::PLACEHOLDERS;
use crate::protocol::Parts;
use std::time::Duration;

/// No message is longer, in characters.
pub const MAX_MESSAGE: usize = 1_000;
/// So much of what the provider says is shown, in characters.
pub const MAX_WORDS: usize = 300;
/// So much of it is left, at least, where the rest is long.
const MIN_SAID: usize = 60;

/// `Creating ada@example.com failed: all 10 user licences are in use. Deactivate … (The provider says: …) [LICENSE_LIMIT]`
///
/// `own` is a customer's text, which takes the place of the sentences. Of what is too long the provider's words give way
/// first.
pub fn compose(parts: &Parts, own: Option<&str>, code: &str) -> String {
    let text = one_line(&sentences(parts, own));
    let room = MAX_MESSAGE - code.chars().count() - " []".len();
    let found =
        if parts.found.is_empty() { String::new() } else { format!(" {}", cut(&one_line(&parts.found), MAX_WORDS)) };
    let room = room - found.chars().count();
    let said = one_line(&parts.said.join("; "));
    if said.is_empty() {
        return with_code(&format!("{}{found}", cut(&text, room)), code);
    }
    let lead = if parts.is_own { " (" } else { " (The provider says: " };
    let around = lead.len() + ")".len();
    let left = room.saturating_sub(text.chars().count() + around).max(MIN_SAID);
    let said = cut(&said, left);
    let text = cut(&text, room - around - said.chars().count());
    with_code(&format!("{text}{lead}{said}){found}"), code)
}

fn sentences(parts: &Parts, own: Option<&str>) -> String {
    let failed = if parts.doing.is_empty() { String::new() } else { format!("{} failed: ", parts.doing) };
    let text = match own {
        None => {
            let happened = fill(parts.happened, &parts.values);
            let happened = happened.trim_end().trim_end_matches(['.', ':']);
            // What it ends in may be a question, or somebody's words.
            let end = if happened.ends_with(['?', '!', '…']) { "" } else { "." };
            format!("{failed}{happened}{end} {}", fill(parts.to_do, &parts.values))
        }
        Some(text) if text.contains("{command}") => fill(text, &parts.values),
        Some(text) => failed + &fill(text, &parts.values),
    };
    [&[text], parts.notes.as_slice()].concat().join(" ")
}

/// The text, cut so that it and the code fit.
pub fn with_code(text: &str, code: &str) -> String {
    let code = format!(" [{code}]");
    cut(text, MAX_MESSAGE - code.chars().count()) + &code
}

/// Several messages, numbered, as one text of about `max` characters at most: each is cut alike, and keeps its code. What
/// failed alike is said once: `group a, group b failed: …`.
pub fn list(messages: &[String], max: usize) -> String {
    let messages = &alike_joined(messages);
    if let [only] = messages.as_slice()
        && only.chars().count() <= max
    {
        return only.clone();
    }
    let each = (max / messages.len().max(1)).saturating_sub(6).max(MIN_SAID);
    let shortened = messages.iter().zip(1..).map(|(message, number)| match message.rsplit_once(" [") {
        Some((text, code)) if message.chars().count() > each && code.ends_with(']') => {
            format!("({number}) {} [{code}", cut(text, each.saturating_sub(code.chars().count() + 2)))
        }
        _ => format!("({number}) {}", cut(message, each)),
    });
    shortened.collect::<Vec<_>>().join(" ")
}

/// Those that say the same after "failed:" as one, with all that it is said of.
fn alike_joined(messages: &[String]) -> Vec<String> {
    let mut joined: Vec<(Vec<&str>, Option<&str>)> = Vec::new();
    for message in messages {
        let (what, why) =
            message.split_once(" failed: ").map_or((message.as_str(), None), |(what, why)| (what, Some(why)));
        match joined.iter_mut().find(|(_, said)| why.is_some() && *said == why) {
            Some((all, _)) => all.push(what),
            None => joined.push((vec![what], why)),
        }
    }
    let text = |(what, why): (Vec<&str>, Option<&str>)| match why {
        Some(why) => format!("{} failed: {why}", what.join(", ")),
        None => what.concat(),
    };
    joined.into_iter().map(text).collect()
}

/// Puts the values into the braces that name them; what has no value gets what the placeholder says.
fn fill(sentence: &str, values: &[(&'static str, String)]) -> String {
    let mut filled = String::with_capacity(sentence.len());
    let mut rest = sentence;
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        let Some((name, behind)) = after.split_once('}') else {
            filled.push('{');
            rest = after;
            continue;
        };
        // The last one counts: what an entry's place knows better than the command's words.
        let value = values.iter().rev().find(|(given, _)| *given == name);
        let known = PLACEHOLDERS.iter().find(|(known, ..)| *known == name);
        match (value, known) {
            (Some((_, value)), _) => filled.push_str(value),
            (None, Some((.., instead))) => filled.push_str(instead),
            (None, None) => filled.extend(["{", name, "}"]),
        }
        rest = behind;
    }
    filled + rest
}

/// Text of others as one line: no control characters, no markup, no longer than `max` characters.
pub fn clean(text: &str, max: usize) -> String {
    let mut clean = String::with_capacity(text.len().min(max * 4));
    let mut in_tag = false;
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            // `a < b` is no tag.
            '<' if characters
                .peek()
                .is_some_and(|next| next.is_ascii_alphabetic() || matches!(next, '/' | '!' | '?')) =>
            {
                in_tag = true;
            }
            '>' if in_tag => {
                in_tag = false;
                clean.push(' ');
            }
            _ if in_tag => {}
            character => clean.push(character),
        }
    }
    cut(&one_line(&clean), max)
}

/// Without control characters, and with single spaces.
fn one_line(text: &str) -> String {
    let plain: String = text.chars().map(|c| if c.is_control() || is_invisible(c) { ' ' } else { c }).collect();
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Characters that turn the direction of text or show nothing: they could make a message look like another.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

fn cut(text: &str, max: usize) -> String {
    if text.chars().count() <= max {
        text.to_owned()
    } else {
        format!("{}…", text.chars().take(max.saturating_sub(1)).collect::<String>().trim_end())
    }
}

/// The limit that words name: "10 of 10 user licenses", "limit of 25 users", "max length=40".
pub fn limit(words: &str) -> Option<String> {
    let words: Vec<String> = words.split_whitespace().map(str::to_lowercase).collect();
    let number = |word: &String| {
        let digits = word.trim_matches(|c: char| !c.is_ascii_digit());
        (!digits.is_empty() && digits.len() < 10 && digits.bytes().all(|byte| byte.is_ascii_digit()))
            .then(|| digits.to_owned())
    };
    words.windows(2).find_map(|pair| match pair {
        [word, next] if word == "of" || word.ends_with("limit:") || word == "limit" || word == "maximum" => {
            number(next)
        }
        _ => None,
    })
}

/// When to try again.
pub fn wait(wait: Option<Duration>) -> Option<String> {
    wait.map(|wait| match wait.as_secs() {
        seconds @ 0..=119 => format!("in {seconds} seconds"),
        seconds @ 120..=7_199 => format!("in {} minutes", seconds.div_ceil(60)),
        seconds => format!("in {} hours", seconds.div_ceil(3_600)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(said: &str) -> Parts {
        let command = "Creating ada@example.com".to_owned();
        Parts {
            values: vec![("user", "ada@example.com".to_owned()), ("command", command.clone())],
            doing: command,
            happened: "it is so",
            to_do: "Do that.",
            said: vec![said.to_owned()],
            ..Parts::default()
        }
    }

    #[test]
    fn text_of_others_loses_markup_and_control_characters() {
        assert_eq!(clean("<b>No\u{1b}[31m</b>\n entry", 100), "No [31m entry");
        assert_eq!(clean("at least 8 < 12\u{202e}", 100), "at least 8 < 12");
        assert_eq!(clean(&"x".repeat(50), 10), format!("{}…", "x".repeat(9)));
    }

    #[test]
    fn the_provider_s_words_give_way_first_and_the_code_never() {
        let long = "é".repeat(5_000);
        let message = compose(&parts(&long), None, "TIMEOUT");
        assert_eq!(message.chars().count(), MAX_MESSAGE);
        assert!(message.starts_with("Creating ada@example.com failed: it is so. Do that. (The provider says: éé"));
        assert!(message.ends_with("é…) [TIMEOUT]"));
        let message = compose(&Parts { found: "It was.".to_owned(), ..parts(&long) }, Some(&long), "TIMEOUT");
        assert_eq!(message.chars().count(), MAX_MESSAGE);
        assert!(
            message.contains("é… (The provider says: éé") && message.ends_with("é…) It was. [TIMEOUT]"),
            "{message}"
        );
    }

    #[test]
    fn a_customer_s_words_stand_before_the_provider_s() {
        let say = |text| compose(&parts("no"), Some(text), "CONFLICT");
        assert_eq!(
            say("Call 1234 for {user}."),
            "Creating ada@example.com failed: Call 1234 for ada@example.com. (The provider says: no) [CONFLICT]"
        );
        assert_eq!(
            say("{user} kann nicht angelegt werden ({command}, {odd}, {wait}, {"),
            "ada@example.com kann nicht angelegt werden (Creating ada@example.com, {odd}, later, { (The provider says: no) [CONFLICT]"
        );
    }

    #[test]
    fn messages_in_a_list_are_cut_alike_and_keep_their_codes() {
        let messages = ["a".repeat(400) + " [FORBIDDEN]", "b".repeat(400) + " [GONE]", "short [TIMEOUT]".to_owned()];
        let text = list(&messages, 300);
        assert!(text.chars().count() <= 300, "{text}");
        assert!(text.contains("a… [FORBIDDEN] (2) b") && text.contains("b… [GONE] (3) short [TIMEOUT]"), "{text}");
    }

    #[test]
    fn messages_that_say_the_same_are_one() {
        let text = |group| format!("group {group} failed: it is so. Do that. (The provider says: no) [FORBIDDEN]");
        assert_eq!(
            list(&[text("a"), text("b")], 850),
            "group a, group b failed: it is so. Do that. (The provider says: no) [FORBIDDEN]"
        );
        let other = "group c failed: it is gone. [GONE]".to_owned();
        assert_eq!(
            list(&[text("a"), other, text("b")], 850),
            "(1) group a, group b failed: it is so. Do that. (The provider says: no) [FORBIDDEN] (2) group c failed: it is gone. [GONE]"
        );
    }

    #[test]
    fn the_limit_is_taken_from_the_provider_s_words() {
        assert_eq!(limit("license limit exceeded: 10 of 10 user licenses are in use").as_deref(), Some("10"));
        assert_eq!(limit("license limit exceeded"), None);
    }
}
