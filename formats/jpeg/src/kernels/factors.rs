//! Factors of the transforms, combined so that one instruction can multiply a
//! pair of 16-bit values and add.
//!
//! A result of a one-dimensional transform is a sum over the eight inputs with
//! fixed factors. Over the integers, and so modulo 2^32, the factors of the
//! factored form in `scalar` may be multiplied out; every one fits 16 bits.
//! A name `Pab` gives the factors of inputs `a` and `b`.

use super::scalar::fix;

/// Factors of two inputs.
pub(super) type Pair = [i16; 2];

/// `x` in 16 bits; a factor that does not fit is a compile error.
const fn narrow(x: i32) -> i16 {
    assert!(x as i16 as i32 == x);
    x as i16
}

/// The 8-point transform.
pub(super) mod eight {
    use super::{Pair, fix, narrow};

    const A: i32 = fix(0.899976223);
    const B: i32 = fix(2.562915447);
    const P: i32 = fix(1.961570560);
    const Q: i32 = fix(0.390180644);
    const S: i32 = fix(1.175875602);
    const R: i32 = fix(0.541196100);

    /// Even part of outputs 0 and 3, then of 1 and 2.
    pub const P04: [Pair; 2] = [[1 << 13, 1 << 13], [1 << 13, -(1 << 13)]];
    /// What is added to the first and subtracted in the second of each two.
    pub const P26: [Pair; 2] = [
        [narrow(R + fix(0.765366865)), narrow(R)],
        [narrow(R), narrow(R - fix(1.847759065))],
    ];
    /// Odd part of outputs 0 to 3; outputs 7 to 4 have it subtracted.
    pub const P15: [Pair; 4] = [
        [narrow(fix(1.501321110) - A + S - Q), narrow(S - Q)],
        [narrow(S), narrow(S - B)],
        [narrow(S - Q), narrow(fix(2.053119869) - B + S - Q)],
        [narrow(S - A), narrow(S)],
    ];
    /// The other half of the odd part.
    pub const P37: [Pair; 4] = [
        [narrow(S), narrow(S - A)],
        [narrow(fix(3.072711026) - B + S - P), narrow(S - P)],
        [narrow(S - B), narrow(S)],
        [narrow(S - P), narrow(fix(0.298631336) - A + S - P)],
    ];
}

/// The 8-to-4-point transform.
pub(super) mod four {
    use super::{Pair, fix, narrow};

    /// Even part; coefficient 4 has none in it.
    pub const P04: Pair = [1 << 14, 0];
    /// Added for outputs 0 and 3, subtracted for 1 and 2.
    pub const P26: Pair = [narrow(fix(1.847759065)), narrow(-fix(0.765366865))];
    /// Odd part of outputs 0 and 1; outputs 3 and 2 have it subtracted.
    pub const P15: [Pair; 2] = [
        [narrow(fix(2.562915447)), narrow(-fix(0.601344887))],
        [narrow(fix(1.061594337)), narrow(fix(1.451774981))],
    ];
    /// The other half of the odd part.
    pub const P37: [Pair; 2] = [
        [narrow(fix(0.899976223)), narrow(-fix(0.509795579))],
        [narrow(-fix(2.172734803)), narrow(-fix(0.211164243))],
    ];
}

/// The 8-to-2-point transform; the even part is input 0 times 2^15.
pub(super) mod two {
    use super::{Pair, fix, narrow};

    /// Odd part of output 0; output 1 has it subtracted.
    pub const P15: Pair = [narrow(fix(3.624509785)), narrow(fix(0.850430095))];
    /// The other half of the odd part.
    pub const P37: Pair = [narrow(-fix(1.272758580)), narrow(-fix(0.720959822))];
    /// The same in the order of a row.
    pub const ROW: [i16; 8] = [0, P15[0], 0, P37[0], 0, P15[1], 0, P37[1]];
}
