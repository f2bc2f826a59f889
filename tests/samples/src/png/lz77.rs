//! Finding repeats: greedy, one candidate a place. Enough to fill a block with
//! matches of many lengths and distances.

/// One step of a Deflate block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Token {
    /// A byte as it is.
    Literal(u8),
    /// `length` bytes (3 to 258) from `distance` (1 to 32768) bytes back.
    Match {
        /// Bytes to copy.
        length: u16,
        /// How far back.
        distance: u16,
    },
}

/// Splits `data` into tokens.
pub(crate) fn tokens(data: &[u8]) -> Vec<Token> {
    // The last place each hash of three bytes was seen at.
    let mut seen = vec![usize::MAX; 1 << 12];
    let mut tokens = Vec::new();
    let mut place = 0;
    while place < data.len() {
        let candidate = data[place..].first_chunk::<3>().map(|&[a, b, c]| {
            let mixed = (usize::from(a) << 6) ^ (usize::from(b) << 3) ^ usize::from(c);
            std::mem::replace(&mut seen[mixed % (1 << 12)], place)
        });
        let found = candidate
            .filter(|from| *from != usize::MAX && place - from <= 32_768)
            .map(|from| (place - from, repeat(data, from, place)))
            .filter(|(_, length)| *length >= 3);
        match found {
            Some((distance, length)) => {
                tokens.push(Token::Match {
                    length: length as u16,
                    distance: distance as u16,
                });
                place += length;
            }
            None => {
                tokens.push(Token::Literal(data[place]));
                place += 1;
            }
        }
    }
    tokens
}

/// How many bytes from `place` on repeat those from `from` on, at most 258.
fn repeat(data: &[u8], from: usize, place: usize) -> usize {
    let pairs = data[from..].iter().zip(&data[place..]).take(258);
    pairs.take_while(|(a, b)| a == b).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repeats_are_found_and_may_overlap() {
        let tokens = tokens(b"abcabcabcX");
        let expected = [
            Token::Literal(b'a'),
            Token::Literal(b'b'),
            Token::Literal(b'c'),
            Token::Match {
                length: 6,
                distance: 3,
            },
            Token::Literal(b'X'),
        ];
        assert_eq!(tokens, expected);
    }

    #[test]
    fn long_runs_are_cut_at_258() {
        let tokens = tokens(&[7; 600]);
        assert_eq!(tokens[0], Token::Literal(7));
        let lengths: Vec<u16> = tokens[1..]
            .iter()
            .map(|token| match token {
                Token::Match {
                    length,
                    distance: _,
                } => *length,
                Token::Literal(_) => 1,
            })
            .collect();
        assert_eq!(lengths.iter().sum::<u16>(), 599);
        assert_eq!(lengths[..2], [258, 258]);
    }
}
