//! The instruction table of the Compositor.
//!
//! One list of rows names every instruction; the enum, the encoder, the
//! decoder, the assembler, the disassembler and the reference page all read it.
//! What a row does to registers is in [`crate::exec`], how its operands lie in
//! the 64-bit word is in [`crate::word`].

/// Which operands an instruction has, and so how its word is laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// `d, unit, (x, y)`: all channels of one texel.
    Load,
    /// `d, unit.channel, (x, y)`: one channel of four neighbours.
    Load4,
    /// `s, unit, (dx, dy)`.
    Store,
    /// `s, unit.channel, (dx, dy)`.
    Store4,
    /// `d, a`: groups of four registers.
    Transpose,
    /// `d.mask, a, b` and a result form.
    Alu2,
    /// `d.mask, b` and a result form.
    Alu1,
    /// `d.mask, c, a, b` and a result form.
    Select,
    /// `d.mask, a.swizzle`.
    Swizzle,
    /// `d, a, taps, bank` and the options of the multiply-sum.
    Sum,
    /// `d, a, taps, b` and the options of the multiply-sum.
    SumReg,
    /// `d, a, bank` (sixteen coefficients) and the options of the multiply-sum.
    SumVec,
    /// `d.mask, a, b, fa, fb`.
    Porter,
    /// `bit` or `bit, a.mask`.
    Flag,
    /// `a.component, targets`.
    Case,
    /// `target`.
    Jump,
    /// `a.component, target`.
    Branch,
    /// `count` or a scalar.
    Loop,
    /// `d.mask`.
    Position,
    /// `a`.
    Out,
    /// Nothing.
    None,
}

/// When the result of an instruction can be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Latency {
    /// No result in a register.
    None,
    /// `alu_latency` of the configuration.
    Alu,
    /// `sum_latency` of the configuration.
    Sum,
    /// `fetch_latency` of the configuration.
    Fetch,
}

/// How long an instruction holds the issue port of its lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Occupancy {
    /// One cycle.
    One,
    /// Four cycles: one register write each.
    Four,
    /// `control` of the configuration.
    Control,
}

/// One row of the reference page.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// The instruction.
    pub op: Op,
    /// As written in programs.
    pub mnemonic: &'static str,
    /// Operands and word layout.
    pub shape: Shape,
    /// Issue cycles.
    pub occupancy: Occupancy,
    /// Result latency.
    pub latency: Latency,
    /// Ports, adders and multipliers it takes, per lane.
    pub circuits: &'static str,
    /// What it does, in a line.
    pub meaning: &'static str,
    /// Two uses in different formats or drawing tasks.
    pub uses: [&'static str; 2],
}

macro_rules! instructions {
    ($($name:ident = $code:literal $text:literal $shape:ident $occ:ident $lat:ident,
        $circuits:literal, $meaning:literal, $use1:literal, $use2:literal;)+) => {
        /// The instructions, numbered as in the low seven bits of their word.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[repr(u8)]
        pub enum Op { $(#[doc = $meaning] $name = $code),+ }

        /// All rows, in order of their numbers.
        pub const ROWS: &[Row] = &[$(Row {
            op: Op::$name,
            mnemonic: $text,
            shape: Shape::$shape,
            occupancy: Occupancy::$occ,
            latency: Latency::$lat,
            circuits: $circuits,
            meaning: $meaning,
            uses: [$use1, $use2],
        }),+];

        impl Op {
            /// The instruction with this number, if there is one.
            #[must_use]
            pub const fn from_code(code: u8) -> Option<Op> {
                match code { $($code => Some(Op::$name),)+ _ => None }
            }
        }
    };
}

instructions! {
    End = 0x01 "gEND" None One None, "-",
        "the tile is finished", "every kernel", "every scan program";
    Jump = 0x02 "gJ" Jump Control None, "pc adder",
        "goes on `off` words after the next word (forward only)",
        "skips the other filters of a row", "leaves a tile that has nothing to add";
    BranchZero = 0x03 "gJZ" Branch Control None, "1 register read",
        "goes forward if the component is 0 (the whole tile does)",
        "skips empty residual blocks", "skips transparent sprites";
    BranchNonZero = 0x04 "gJNZ" Branch Control None, "1 register read",
        "goes forward if the component is not 0 (the whole tile does)",
        "takes the short transform of blocks with one coefficient", "takes the path of opaque texels";
    Case = 0x05 "gCASE" Case Control None, "1 register read",
        "takes the target of jump word number min(component, n-1) of the n that follow",
        "row filters by number", "prediction modes of video blocks";
    Loop = 0x06 "gLOOP" Loop Control None, "loop stack push",
        "the words up to gNEXT run n times (at least once)",
        "many taps of a large kernel", "iterated passes over a tile";
    Next = 0x07 "gNEXT" None Control None, "loop stack top",
        "counts the innermost loop, back to its first word while turns are left",
        "many taps of a large kernel", "iterated passes over a tile";
    Flag = 0x08 "gFLAG" Flag One None, "1 register read",
        "sets a bit of the status word, if a chosen component is not 0 (or always)",
        "reports a bad index or filter number", "reports that a window needs a repaint";
    Position = 0x09 "gPOS" Position One Alu, "1 register write",
        "d = (x, y of the tile in the sprite's coordinates, its width, its height)",
        "computed coordinates of dependent loads", "patterns that depend on the place";
    Out = 0x0A "gOUT" Out One None, "1 register read",
        "scan programs only: the pixel's colour; the program is finished",
        "screen output", "a colour pass over a finished picture";

    Load = 0x10 "gLD" Load One Fetch, "1 fetch, 1 register write",
        "d = the channels of a texel, missing channels 0; outside the window the border rule",
        "pixels of several channels", "look-up in a palette or a motion field";
    Load4 = 0x11 "gLD4" Load4 One Fetch, "1 fetch (4 if the texels span over 16 bytes), 1 register write",
        "d = one channel of texels x, x+1, x+2, x+3",
        "rows of coefficients or samples", "four pixels of a plane for a filter";
    Store = 0x12 "gST" Store One None, "1 store, 1 register read",
        "writes the channels of a texel, low bits of the components",
        "pixels of several channels", "drawing into a texture";
    Store4 = 0x13 "gST4" Store4 One None, "1 store (4 if the texels span over 16 bytes), 1 register read",
        "writes one channel of four neighbours",
        "rows of samples of a plane", "filtered rows of a plane";
    Transpose = 0x14 "gTRN" Transpose Four Alu, "4 register reads, 4 register writes",
        "d..d+3 = a..a+3 transposed", "second pass of separable transforms", "planes to pixels";

    Move = 0x20 "gMOV" Alu1 One Alu, "1 read, 1 write",
        "d = b", "constants into a channel", "broadcast of a component";
    Abs = 0x21 "gABS" Alu1 One Alu, "1 adder",
        "d = |b| (of the lowest number: itself)", "distances of predictors", "edge strength of deblocking";
    Add = 0x22 "gADD" Alu2 One Alu, "1 adder",
        "d = a + b", "adds a predictor", "adds a residual";
    Sub = 0x23 "gSUB" Alu2 One Alu, "1 adder",
        "d = a - b", "differences of neighbours", "removal of an offset";
    Rsub = 0x24 "gRSUB" Alu2 One Alu, "1 adder",
        "d = b - a", "inverted channels (255 - v)", "one minus alpha";
    Avg = 0x25 "gAVG" Alu2 One Alu, "1 adder of 33 bits",
        "d = floor((a + b) / 2), without overflow", "mean of two neighbours", "half-texel motion";
    Absd = 0x26 "gABSD" Alu2 One Alu, "2 adders",
        "d = |a - b|", "distances of predictors", "filter decisions of deblocking";
    Min = 0x27 "gMIN" Alu2 One Alu, "1 adder",
        "d = the smaller one, signed", "nearest of several predictors", "limits of a loop filter";
    Max = 0x28 "gMAX" Alu2 One Alu, "1 adder",
        "d = the larger one, signed", "limits of a loop filter", "highest alpha of neighbours";
    And = 0x29 "gAND" Alu2 One Alu, "-",
        "d = a and b", "fields of a packed texel", "masks of comparisons";
    Or = 0x2A "gOR" Alu2 One Alu, "-",
        "d = a or b", "packing of fields", "masks of comparisons";
    Xor = 0x2B "gXOR" Alu2 One Alu, "-",
        "d = a exclusive-or b", "inverted masks", "sign flips of packed vectors";
    Shl = 0x2C "gSHL" Alu2 One Alu, "barrel shifter",
        "d = a << (b and 31)", "scaling of narrow samples", "packing of fields";
    Shr = 0x2D "gSHR" Alu2 One Alu, "barrel shifter",
        "d = a >> (b and 31), zeros enter", "high byte of wide samples", "unpacking of fields";
    Sar = 0x2E "gSAR" Alu2 One Alu, "barrel shifter",
        "d = a >> (b and 31), the sign enters", "whole part of fixed-point coordinates", "floors of signed products";
    Eq = 0x2F "gEQ" Alu2 One Alu, "1 adder",
        "d = -1 where a = b, else 0", "colour keys", "classes of neighbours";
    Ne = 0x30 "gNE" Alu2 One Alu, "1 adder",
        "d = -1 where a differs from b, else 0", "change detection", "guards of filters";
    Lt = 0x31 "gLT" Alu2 One Alu, "1 adder",
        "d = -1 where a < b, signed, else 0", "clipping masks", "ordered choice";
    Le = 0x32 "gLE" Alu2 One Alu, "1 adder",
        "d = -1 where a <= b, signed, else 0", "nearest of several predictors", "thresholds";
    Gt = 0x33 "gGT" Alu2 One Alu, "1 adder",
        "d = -1 where a > b, signed, else 0", "thresholds", "range checks of an index";
    Ge = 0x34 "gGE" Alu2 One Alu, "1 adder",
        "d = -1 where a >= b, signed, else 0", "range checks of an index", "clipping masks";
    Select = 0x35 "gSEL" Select One Alu, "3 reads",
        "d = a where c is not 0, else b", "nearest of several predictors", "keyed transparency";
    Swizzle = 0x36 "gSWZ" Swizzle One Alu, "4 x 4 switch",
        "d = the components of a in the order given", "channel order", "interleaving of two rows";
    Unorm = 0x37 "gMUL8" Alu2 One Sum, "4 multipliers 8 x 8, 8 adders",
        "d = round(a * b / 255) of the low bytes", "premultiplied alpha", "masks of 8 bits";
    Porter = 0x38 "gPD" Porter One Sum, "8 multipliers 8 x 8, 20 adders",
        "Porter-Duff: d = min(255, round(a * fa / 255) + round(b * fb / 255)) of the low bytes",
        "blending of sprites", "cross-fades of layers";

    Sum = 0x40 "gMSUM" Sum One Sum, "4 multipliers 32 x 18 and 4 adders of 64 bits per tap",
        "d = sum of a+k times coefficient k, per component",
        "matrix transforms", "resampling filters";
    SumReg = 0x41 "gMSUMR" SumReg One Sum, "4 multipliers 32 x 32 and 4 adders of 64 bits per tap",
        "d = sum of a+k times b+k, per component",
        "dequantisation", "weighted prediction";
    SumVec = 0x42 "gMSUMV" SumVec One Sum, "16 multipliers 32 x 18, 16 adders of 64 bits",
        "d component i = sum over j of a component j times coefficient 4i+j",
        "colour matrices", "colour management";
}

/// Numbers kept for what later work adds; today their words trap as undefined.
pub const RESERVED: &[(u8, &str, &str)] = &[
    (
        0x50,
        "gGRAD",
        "linear and radial gradients with spread modes",
    ),
    (0x51, "gCOV", "coverage of an edge group"),
    (0x52, "gPAINT", "load, blend and store in one"),
];

impl Op {
    /// The row of this instruction.
    #[must_use]
    pub fn row(self) -> &'static Row {
        // The table is sorted by number, which is sparse; 50 rows are searched
        // only while a program is loaded or printed.
        ROWS.iter().find(|r| r.op == self).unwrap_or(&ROWS[0])
    }

    /// The instruction written so.
    #[must_use]
    pub fn from_mnemonic(text: &str) -> Option<Op> {
        ROWS.iter().find(|r| r.mnemonic == text).map(|r| r.op)
    }

    /// Its number.
    #[must_use]
    pub const fn code(self) -> u8 {
        self as u8
    }
}
