//! What a misspelt name probably meant.

/// Longer words are no misspelling, and comparing them would take long.
const LONGEST: usize = 64;
/// In words up to this length one wrong letter is much, so the first one has to be right.
const SHORT: usize = 3;

/// The candidate nearest to a name that nothing has, if one is near: a letter in three may be wrong, missing,
/// too many or in its neighbour's place. Of equally near ones that with the longer common beginning.
#[must_use]
pub fn nearest<'c>(name: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    if name.len() > LONGEST {
        return None;
    }
    let lower = name.to_lowercase();
    let length = lower.chars().count();
    let most = (length / 3).clamp(1, 3);
    let near = |candidate: &str| {
        if candidate == name || candidate.len().abs_diff(name.len()) > most {
            return None;
        }
        let other = candidate.to_lowercase();
        if length <= SHORT && lower.chars().next() != other.chars().next() {
            return None;
        }
        let distance = strsim::osa_distance(&lower, &other);
        let alike = lower.chars().zip(other.chars()).take_while(|(a, b)| a == b);
        (distance <= most).then_some((distance, std::cmp::Reverse(alike.count())))
    };
    let all = candidates.into_iter().filter_map(|c| Some((near(c)?, c)));
    all.min().map(|(_, candidate)| candidate)
}

/// The same as a hint of a message.
#[must_use]
pub fn did_you_mean<'c>(
    name: &str,
    candidates: impl IntoIterator<Item = &'c str>,
) -> Option<String> {
    nearest(name, candidates).map(|known| format!("did you mean `{known}`?"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const KNOWN: &[&str] = &["append", "append_check", "close", "r0", "r1", "main", "x"];

    #[test]
    fn one_letter_in_three_may_be_wrong() {
        for (name, expected) in [
            ("apend", Some("append")),
            ("appedn", Some("append")),
            ("APPEND", Some("append")),
            ("Main", Some("main")),
            ("clsoe", Some("close")),
            ("closed", Some("close")),
            ("clos1xx", None),
            ("nothing", None),
            ("", None),
        ] {
            assert_eq!(nearest(name, KNOWN.iter().copied()), expected, "{name}");
        }
    }

    #[test]
    fn short_names_are_alike_only_from_the_first_letter_on() {
        assert_eq!(nearest("r9", KNOWN.iter().copied()), Some("r0"));
        assert_eq!(nearest("n", KNOWN.iter().copied()), None);
        assert_eq!(nearest("q0", KNOWN.iter().copied()), None);
    }

    #[test]
    fn the_name_itself_is_no_hint() {
        assert_eq!(nearest("close", KNOWN.iter().copied()), None);
        assert_eq!(
            did_you_mean("clse", KNOWN.iter().copied()).as_deref(),
            Some("did you mean `close`?")
        );
    }
}
