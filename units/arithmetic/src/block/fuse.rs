//! Operations that often follow each other, as one.

use super::{Fused, Kind};
use crate::names::Name;

const ADDR: u8 = Name::ADDR.number();

/// Puts operations together. Those that can be passed over stay what they are.
pub(super) fn fuse(ops: &mut Vec<Fused>) {
    let mut at = 0;
    while at < ops.len() {
        if ops[at].kind == Kind::Unless {
            at += 2;
            continue;
        }
        shorten(&mut ops[at]);
        let rest = &ops[at..];
        if let [sum, and, ..] = rest
            && let Some(both) = masked(sum, and)
        {
            ops.splice(at..at + 2, [both]);
        } else if let [first, next, second, ..] = rest
            && let Some(pair) = stored(first, next, second)
        {
            ops.splice(at..at + 3, [pair]);
        } else if let [a, b, c, ..] = rest
            && [a, b, c].iter().all(|op| op.kind == Kind::AddAnd)
        {
            // The other two are behind it as they are.
            ops[at].kind = Kind::AddAnd3;
            at += 2;
        }
        at += 1;
    }
}

/// An OR with one of the sources as it is, the other one shifted to the left.
fn shorten(op: &mut Fused) {
    if op.kind == Kind::ShiftOr && op.y == 16 {
        (op.a, op.b) = (op.b, op.a);
        (op.x, op.y) = (op.y, op.x);
    }
    if op.kind == Kind::ShiftOr && op.x == 16 && op.y > 16 {
        op.kind = Kind::OrLeft;
        op.y -= 16;
    }
}

/// A sum of which only some bits are wanted.
fn masked(sum: &Fused, and: &Fused) -> Option<Fused> {
    let mask = match (and.a == sum.d, and.b == sum.d) {
        (true, false) => and.b,
        (false, true) => and.a,
        _ => return None,
    };
    let kinds = (sum.kind, and.kind) == (Kind::Sum, Kind::And);
    (kinds && and.d == sum.d).then_some(Fused {
        kind: Kind::SumAnd,
        x: mask,
        ..*sum
    })
}

/// Two words that follow each other in memory.
fn stored(first: &Fused, next: &Fused, second: &Fused) -> Option<Fused> {
    let kinds = [first, next, second].map(|op| op.kind);
    let increments = (next.d, next.a, next.imm) == (ADDR, ADDR, 1);
    // What is stored second must not be the address itself, which is already the next.
    (kinds == [Kind::Store, Kind::AddConst, Kind::Store] && increments && second.b != ADDR)
        .then_some(Fused {
            kind: Kind::StorePair,
            a: second.b,
            ..*first
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn op(kind: Kind, d: u8, a: u8, b: u8, imm: u16) -> Fused {
        Fused {
            kind,
            d,
            a,
            b,
            x: 16,
            y: 16,
            imm,
        }
    }

    fn kinds(mut ops: Vec<Fused>) -> Vec<Kind> {
        fuse(&mut ops);
        ops.iter().map(|op| op.kind).collect()
    }

    #[test]
    fn pairs_are_found() {
        let stores = [
            op(Kind::Store, 0, 0, 4, 0),
            op(Kind::AddConst, ADDR, ADDR, 0, 1),
            op(Kind::Store, 0, 0, 5, 0),
        ];
        assert_eq!(kinds(stores.to_vec()), [Kind::StorePair]);
        let sum = [op(Kind::Sum, 3, 0, 0, 0), op(Kind::And, 3, 3, 8, 0)];
        assert_eq!(kinds(sum.to_vec()), [Kind::SumAnd]);
        let other = [op(Kind::Sum, 3, 0, 0, 0), op(Kind::And, 4, 3, 8, 0)];
        assert_eq!(kinds(other.to_vec()), [Kind::Sum, Kind::And]);
    }

    #[test]
    fn what_is_passed_over_stays_one() {
        let ops = [
            op(Kind::Unless, 0, 0, 0, 1),
            op(Kind::Sum, 3, 0, 0, 0),
            op(Kind::And, 3, 3, 8, 0),
        ];
        assert_eq!(kinds(ops.to_vec()), [Kind::Unless, Kind::Sum, Kind::And]);
    }
}
