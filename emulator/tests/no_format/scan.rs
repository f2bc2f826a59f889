//! Rust source as the search sees it: words, texts and numbers, without comments and test modules.

/// A piece of source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Token {
    /// An identifier.
    Name(String),
    /// A text or a byte text, escapes as written.
    Text(String),
    /// A whole number, or a character.
    Number(u128),
    /// A number with a point, in units of 10^-9.
    Fraction(u64),
    /// Any other character.
    Sign(char),
}

/// Takes a text apart.
pub fn tokens(source: &str) -> Vec<Token> {
    let all: Vec<char> = source.chars().collect();
    let mut out = Vec::new();
    let mut at = 0;
    while at < all.len() {
        let rest = &all[at..];
        let begins = |text: &str| {
            text.chars()
                .enumerate()
                .all(|(i, c)| rest.get(i) == Some(&c))
        };
        if rest[0].is_whitespace() {
            at += 1;
        } else if begins("//") {
            at += until(rest, |r| r[0] == '\n');
        } else if begins("/*") {
            at += block_comment(rest);
        } else if let Some((text, length)) = text(rest) {
            out.push(Token::Text(text));
            at += length;
        } else if let Some((value, length)) = character(rest) {
            out.push(Token::Number(value));
            at += length;
        } else if rest[0].is_ascii_digit() {
            let (token, length) = number(rest);
            out.push(token);
            at += length;
        } else if rest[0].is_alphabetic() || rest[0] == '_' {
            let length = until(rest, |r| !(r[0].is_alphanumeric() || r[0] == '_'));
            out.push(Token::Name(rest[..length].iter().collect()));
            at += length;
        } else {
            out.push(Token::Sign(rest[0]));
            at += 1;
        }
    }
    without_tests(&out)
}

/// How many characters stand before the first place where `end` holds.
fn until(all: &[char], end: impl Fn(&[char]) -> bool) -> usize {
    (0..all.len())
        .find(|&i| end(&all[i..]))
        .unwrap_or(all.len())
}

fn block_comment(all: &[char]) -> usize {
    let (mut depth, mut at) = (0, 0);
    while at < all.len() {
        match (all[at], all.get(at + 1)) {
            ('/', Some('*')) => depth += 1,
            ('*', Some('/')) => depth -= 1,
            _ => {
                at += 1;
                continue;
            }
        }
        at += 2;
        if depth == 0 {
            break;
        }
    }
    at
}

/// `"..."`, `b"..."`, `r#"..."#`.
fn text(all: &[char]) -> Option<(String, usize)> {
    let prefix = until(all, |r| !matches!(r[0], 'b' | 'r' | 'c'));
    let raw = all[..prefix].contains(&'r');
    let hashes = until(&all[prefix..], |r| r[0] != '#');
    if all.get(prefix + hashes) != Some(&'"') || (hashes > 0 && !raw) || prefix > 2 {
        return None;
    }
    let mut at = prefix + hashes + 1;
    let start = at;
    while at < all.len() {
        if all[at] == '\\' && !raw {
            at += 1;
        } else if all[at] == '"'
            && all[at + 1..].iter().take_while(|c| **c == '#').count() >= hashes
        {
            break;
        }
        at += 1;
    }
    let end = at.min(all.len());
    Some((
        all[start..end].iter().collect(),
        (end + 1 + hashes).min(all.len()),
    ))
}

/// `'x'` and `b'x'`, but no lifetimes.
fn character(all: &[char]) -> Option<(u128, usize)> {
    let prefix = usize::from(all[0] == 'b');
    if all.get(prefix) != Some(&'\'') {
        return None;
    }
    let inner = &all[prefix + 1..];
    match inner {
        ['\\', ..] => {
            let length = 1 + until(&inner[1..], |r| r[0] == '\'').max(1);
            let value = match inner.get(1) {
                Some('n') => 10,
                Some('r') => 13,
                Some('t') => 9,
                Some('x') => {
                    let digits: String = inner[2..length].iter().collect();
                    u128::from_str_radix(&digits, 16).unwrap_or(0)
                }
                _ => 0,
            };
            Some((value, prefix + 1 + length + 1))
        }
        [c, '\'', ..] => Some((*c as u128, prefix + 3)),
        _ => None,
    }
}

fn number(all: &[char]) -> (Token, usize) {
    let length = until(all, |r| !(r[0].is_alphanumeric() || r[0] == '_'));
    let digits: String = all[..length].iter().filter(|c| **c != '_').collect();
    let whole = |digits: &str| {
        let (digits, radix) = match digits.get(..2) {
            Some("0x") => (&digits[2..], 16),
            Some("0b") => (&digits[2..], 2),
            Some("0o") => (&digits[2..], 8),
            _ => (digits, 10),
        };
        // What follows the digits is the type.
        let end = digits
            .find(|c: char| !c.is_digit(radix))
            .unwrap_or(digits.len());
        u128::from_str_radix(&digits[..end], radix).unwrap_or(0)
    };
    let point = all.get(length) == Some(&'.');
    let fraction = until(all.get(length + 1..).unwrap_or_default(), |r| {
        !(r[0].is_ascii_digit() || r[0] == '_')
    });
    if point && fraction > 0 {
        let behind = all[length + 1..length + 1 + fraction].iter();
        let mut nano: String = behind.filter(|c| **c != '_').take(9).collect();
        while nano.len() < 9 {
            nano.push('0');
        }
        let value = whole(&digits) as u64 * 1_000_000_000 + nano.parse::<u64>().unwrap_or(0);
        return (Token::Fraction(value), length + 1 + fraction);
    }
    (Token::Number(whole(&digits)), length)
}

/// Leaves out what stands behind `#[cfg(test)]`: an item, to its `;` or the end of its block.
fn without_tests(all: &[Token]) -> Vec<Token> {
    let name = |text: &str| Token::Name(text.to_owned());
    let mark = [
        Token::Sign('#'),
        Token::Sign('['),
        name("cfg"),
        Token::Sign('('),
        name("test"),
        Token::Sign(')'),
        Token::Sign(']'),
    ];
    let mut out = Vec::new();
    let mut at = 0;
    while at < all.len() {
        if !all[at..].starts_with(&mark) {
            out.push(all[at].clone());
            at += 1;
            continue;
        }
        let mut depth = 0;
        while at < all.len() {
            let token = &all[at];
            at += 1;
            match token {
                Token::Sign('{') => depth += 1,
                Token::Sign('}') => {
                    depth -= 1;
                    if depth == 0 {
                        break;
                    }
                }
                Token::Sign(';') if depth == 0 => break,
                _ => {}
            }
        }
    }
    out
}

/// The words of a name or a text: cut at signs and where small letters meet capitals; capitals in a row stay together.
pub fn words(text: &str) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    let all: Vec<char> = text.chars().collect();
    let mut open = false;
    for (i, &c) in all.iter().enumerate() {
        if !c.is_alphanumeric() {
            open = false;
            continue;
        }
        let before = i.checked_sub(1).map(|i| all[i]);
        let hump = c.is_uppercase()
            && (before.is_some_and(|b| b.is_lowercase() || b.is_ascii_digit())
                || before.is_some_and(char::is_uppercase)
                    && all.get(i + 1).is_some_and(|n| n.is_lowercase()));
        if !open || hump {
            out.push(String::new());
        }
        open = true;
        if let Some(word) = out.last_mut() {
            word.extend(c.to_lowercase());
        }
    }
    out
}

/// What numbers with operators between them can come to: each alone, and runs of up to four, from left to right and
/// with products and shifts first.
pub fn values(all: &[Token]) -> Vec<u128> {
    let mut out = Vec::new();
    let signs: Vec<&Token> = all
        .iter()
        .filter(|t| !matches!(t, Token::Sign('(' | ')')))
        .collect();
    for start in 0..signs.len() {
        let mut run: Vec<(char, u128)> = Vec::new();
        let mut at = start;
        let mut operator = '+';
        while let Some(Token::Number(n)) = signs.get(at) {
            run.push((operator, *n));
            out.push(fold(&run));
            out.push(by_rank(&run));
            if run.len() == 4 {
                break;
            }
            let Some(Token::Sign(sign)) = signs.get(at + 1) else {
                break;
            };
            let twice = signs.get(at + 2) == Some(&&Token::Sign(*sign));
            operator = *sign;
            at += match sign {
                '<' | '>' if twice => 3,
                '+' | '-' | '*' | '|' | '&' | '^' => 2,
                _ => break,
            };
        }
    }
    out
}

fn apply(sum: u128, (operator, n): (char, u128)) -> u128 {
    match operator {
        '+' => sum.wrapping_add(n),
        '-' => sum.wrapping_sub(n),
        '*' => sum.wrapping_mul(n),
        '|' => sum | n,
        '&' => sum & n,
        '^' => sum ^ n,
        '<' => sum.checked_shl(n.min(200) as u32).unwrap_or(0),
        _ => sum.checked_shr(n.min(200) as u32).unwrap_or(0),
    }
}

fn fold(run: &[(char, u128)]) -> u128 {
    run.iter().fold(0, |sum, part| apply(sum, *part))
}

fn by_rank(run: &[(char, u128)]) -> u128 {
    let mut parts: Vec<(char, u128)> = Vec::new();
    for &(operator, n) in run {
        match (operator, parts.last_mut()) {
            ('*' | '<' | '>', Some(last)) => last.1 = apply(last.1, (operator, n)),
            _ => parts.push((operator, n)),
        }
    }
    fold(&parts)
}
