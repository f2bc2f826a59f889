//! The op tables. Each macro row is: name = code, "mnemonic", "meaning", "two uses";
//! operations that can take more than a cycle say how many in brackets behind
//! their meaning. Encoder, decoder, listing, and the reference page derive from
//! these tables.

macro_rules! op_table {
    ($(#[$doc:meta])* $ty:ident { $($name:ident = $code:literal, $mnemonic:literal, $meaning:literal $([$cost:literal])?, $uses:literal;)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[repr(u8)]
        pub enum $ty { $(#[doc = $meaning] $name = $code),+ }

        impl $ty {
            /// All values in code order.
            pub const ALL: &'static [$ty] = &[$($ty::$name),+];
            /// From the encoded field.
            #[must_use]
            pub const fn from_code(code: u8) -> Option<$ty> {
                match code { $($code => Some($ty::$name),)+ _ => None }
            }
            /// Name in listings.
            #[must_use]
            pub const fn mnemonic(self) -> &'static str {
                match self { $($ty::$name => $mnemonic),+ }
            }
            /// One line.
            #[must_use]
            pub const fn meaning(self) -> &'static str {
                match self { $($ty::$name => $meaning),+ }
            }
            /// Two uses that have nothing to do with each other.
            #[must_use]
            pub const fn uses(self) -> &'static str {
                match self { $($ty::$name => $uses),+ }
            }
            /// Cycles, as a formula.
            #[must_use]
            pub const fn occupancy(self) -> &'static str {
                // The first of the stated one, if any, and "1".
                match self { $($ty::$name => [$($cost,)? "1"][0]),+ }
            }
            /// From the name in listings.
            #[must_use]
            pub fn from_mnemonic(text: &str) -> Option<$ty> {
                $ty::ALL.iter().copied().find(|op| op.mnemonic() == text)
            }
        }
    };
}

op_table! {
    /// Where a state's symbol comes from.
    Port {
        None = 0, "none", "no match: symbol 0", "register work; landing places of returns";
        Symbol = 1, "sym", "peeks `width` (1 to 12) bits of input; the row says how many it consumes; symbol = the bits", "tags; literal text";
        Int = 2, "int", "reads an integer of n bits (immediate or register, 0 to 32); symbol 0, value = the integer", "length fields; extra bits";
        Map = 3, "map", "looks the input up in the prefix map in `reg`; symbol = the entry's kind, value = the entry's value, count to BITS" ["levels visited"], "entropy codes; keyword tries";
        Value = 4, "value", "symbol = field of `width` bits at `shift` of capture `reg`", "dispatch on a type field; state kept in a register";
        Cond = 5, "cond", "symbol = 1 if predicate `width` holds on the flags, else 0", "bounds; loops that end by a count";
        Flag = 6, "flag", "pops a word from the core; symbol = its low `width` bits, value = the word", "results of arithmetic; validity checks";
        Reply = 7, "reply", "pops a reply of the sequencer; symbol 0, value = low word, next capture = high word", "stream sizes; checksums of streams";
    }
}

op_table! {
    /// What a row captures.
    CaptureMode {
        None = 0, "none", "nothing", "literals; separators";
        Value = 1, "val", "the value: low `bits` bits of the symbol (0: all), the integer, map value, word or reply", "tag payloads; numbers";
        Append = 2, "app", "capture = capture << k | value; k = `bits`, or the bits consumed where that is 0", "numbers in several pieces; variable-length integers";
        High = 3, "high", "the bits of the symbol above the low `bits`", "tag fields above a payload; the high digit of packed pairs";
    }
}

op_table! {
    /// ALU operations on 32-bit captures: `dst = a op b`. All set Z, N, C, V.
    AluOp {
        None = 0, "none", "nothing; flags stay", "rows that only match; actions";
        Move = 1, "mov", "dst = b", "initial values; copies";
        Add = 2, "add", "dst = a + b", "biases; counters";
        Sub = 3, "sub", "dst = a - b; C is the borrow", "countdowns; differences";
        And = 5, "and", "dst = a & b", "flag bits; alignment";
        Or = 6, "or", "dst = a | b", "merging fields; setting flags";
        Xor = 7, "xor", "dst = a ^ b", "complement checks; toggles";
        Shl = 8, "shl", "dst = a << b (b mod 64; 32 and more give 0)", "scaling; field building";
        Shr = 9, "shr", "dst = a >> b, zeros in", "field extraction; halving";
        Sar = 10, "sar", "dst = a >> b, sign in", "signed scaling; sign masks";
        Cmp = 11, "cmp", "flags of a - b; no result", "bounds; equality of fields";
        Min = 12, "min", "dst = the smaller, unsigned", "clipping runs; remaining counts";
        Max = 13, "max", "dst = the larger, unsigned", "code sizes; extents";
        Sext = 14, "sext", "dst = the low b bits of a, sign-extended", "signed fields; deltas";
        Ilog2 = 15, "ilog2", "dst = position of the highest 1 of b; 0 for 0", "field widths; table sizes";
        Adc = 16, "adc", "dst = a + b + C", "64-bit positions; wide counters";
        Sbb = 17, "sbb", "dst = a - b - C", "64-bit differences; wide comparisons";
        Test = 18, "test", "flags of a & b; no result", "one flag bit; parity of a size";
        NthZero = 19, "nthzero", "dst = place of the zero of mask a, a+1 from the start on that n zeros come before, below limit b; b if there is none; flags of dst - b", "places of coefficients not seen yet; free slots of a table";
        NextOne = 20, "nextone", "dst = place of the first one of mask a, a+1 from the start on, below limit b; b if there is none; flags of dst - b", "coefficients to be corrected; fragments that are missing";
        Ones = 21, "ones", "dst = number of ones of mask a, a+1 from the start to below limit b", "how many are left; sizes of sets";
        SetBits = 22, "setbits", "at most n ones into mask dst, dst+1 from the start on, below limit b; Z if it is 0 now", "marking what came; reserving";
        ClearBits = 23, "clearbits", "at most n zeros into mask dst, dst+1 from the start on, below limit b; Z if it is 0 now", "giving back; starting anew";
    }
}

impl AluOp {
    /// Whether it works on a mask of 64 bits in two captures. Such operations
    /// have their start in the low byte of the immediate, and n, which three of
    /// them have, in the high one.
    #[must_use]
    pub const fn is_mask(self) -> bool {
        self as u8 >= AluOp::NthZero as u8
    }

    /// Whether it has an n.
    #[must_use]
    pub const fn has_count(self) -> bool {
        matches!(self, AluOp::NthZero | AluOp::SetBits | AluOp::ClearBits)
    }
}

op_table! {
    /// System operations; they share the ALU's fields (`dst`, `a`, `b`, `imm`) and a row has one or the other.
    SysOp {
        Frame = 32, "frame", "opens a LEN frame of b bytes; imm = state of its refill rule or none", "chunk bodies; segments";
        Unframe = 33, "unframe", "closes the innermost frame, dropping what is left" ["1 + ceil(left / rate)"], "end of a chunk; padding";
        Skip = 34, "skip", "drops the rest of a started byte, and b bytes" ["1 + ceil(bytes / rate)"], "unknown chunks; reserved fields";
        Drain = 35, "drain", "drops input to the end of the innermost frame, calling its refill rule" ["1 + ceil(bytes / rate)"], "data after the last code; skipping a packet";
        Align = 36, "align", "drops bits up to the next byte boundary", "stored blocks; entropy-coded segments";
        More = 37, "more", "in a refill rule, ends it: the frame goes on for b more bytes", "split data; packets over pages";
        Finish = 38, "done", "in a refill rule, ends it: the frame ends here", "end of split data; last page";
        Position = 39, "pos", "dst, dst+1 = byte position in the input", "offsets in messages; indices";
        Mark = 40, "mark", "remembers the position in mark imm (0..3)", "two passes over a header; trial parsing";
        Rewind = 41, "rewind", "back to mark imm, at most the history ring", "second pass; resynchronising";
        CheckCrc = 42, "ck_crc", "starts check circuit imm as a CRC; constants pool[b..b+4]: width | reflect in << 8 | reflect out << 9, polynomial, initial value, final xor", "chunk checksums; page checksums";
        CheckSums = 43, "ck_sums", "starts check circuit imm as chained sums; constants pool[b..b+2]: modulus, initial value", "stream checksums; header checks";
        CheckStop = 44, "ck_stop", "stops check circuit imm; dst = its value", "comparison with the stored value; content names";
        NewMap = 45, "map_new", "dst = handle of a new prefix map; imm = strides (1 to 12), 4 bits per level from the low end; b = rows reserved", "entropy codes; command words";
        ResetMap = 46, "map_reset", "empties map a", "the next block's codes; the next scan's";
        Insert = 47, "map_put", "map = operand 0, code = operand 1, length = operand 2, entry = operand 3" ["rows written"], "trees sent bit by bit; fixed words";
        Fill = 48, "map_fill", "map = operand 0 from operand 2 code lengths (bytes) at staging operand 1, entries (32 bit) at staging operand 3; codes by length, then index (imm 0) or first fit in index order (imm 1)" ["symbols + rows + 2 x longest length"], "canonical codes; explicit codebooks";
        MapLeft = 49, "map_left", "dst = unused code space of map a, in units of 2^-31", "completeness checks; single-code special cases";
        CloseMap = 50, "map_close", "gives the rows of map a back", "closing a stream; changing tables";
        Accept = 51, "accept", "the process is done; imm is the number that the host is told", "end of the picture; end of the stream";
        Fail = 52, "fail", "raises FAULT with text imm" ["1 + entries unwound"], "wrong signatures; impossible values";
        Warn = 53, "warn", "records warning text imm", "ignored defects; unknown fields";
        Raise = 54, "raise", "raises control symbol imm" ["1 + entries unwound"], "leaving nested rules; passing an error on";
        BytesLeft = 55, "left", "dst = bytes left in the innermost frame; all ones if there is none", "optional trailing fields; array sizes";
        EscapeOn = 56, "esc_on", "from the next byte on, bytes behind a prefix mean what the table at constants pool[b..=b+imm] says (imm ranges, at most 8)", "stuffed bytes in entropy-coded data; transparent serial lines";
        EscapeOff = 57, "esc_off", "from the next byte on, bytes are what they are; drops the rest of a started byte", "markers and their segments; commands between data";
        MarkerMet = 58, "marker", "dst = the follower of the marker that was met last; all ones before the first", "resynchronising by number; kinds of commands";
    }
}

op_table! {
    /// What an escape table makes of the prefix and a follower.
    EscapeVerb {
        Literal = 0, "literal", "both are data; the follower begins nothing", "prefixes that are only sometimes special; tolerant readers";
        Vanish = 1, "vanish", "the prefix is data, the follower disappears", "stuffed zeros; doubled escape characters";
        Again = 2, "again", "the prefix disappears, what follows is looked at as if it came first", "fill bytes before markers; padding of lines";
        Marker = 3, "marker", "a boundary before the prefix, with control symbol MARKER", "segments; ends of transparent blocks";
        Xor = 4, "xor", "the prefix disappears, the follower is data with some bits turned over", "escaped control characters; quoted characters (none turned over)";
    }
}

op_table! {
    /// Staging accesses: address = base + index x size, little-endian.
    StageOp {
        None = 0, "none", "nothing", "rows without tables; actions";
        Load8 = 1, "ld8", "data = byte", "orders; lengths";
        Load16 = 2, "ld16", "data = 16 bits", "handles; counts";
        Load32 = 3, "ld32", "data = 32 bits", "entries; sizes";
        Store8 = 4, "st8", "byte = data", "code lengths; flags";
        Store16 = 5, "st16", "16 bits = data", "handles; counts";
        Store32 = 6, "st32", "32 bits = data", "entries; sizes";
        Load64 = 7, "ld64", "data, data+1 = 64 bits", "masks; positions";
        Store64 = 8, "st64", "64 bits = data, data+1", "masks; positions";
    }
}

op_table! {
    /// Stack operations and the way on.
    StackOp {
        None = 0, "-", "go to `next`", "sequence; loops";
        Call = 1, "call", "push `alt` as return state, go to `next`", "rules; shared tails";
        Return = 2, "ret", "pop a return state and go there", "end of a rule; early exit";
        Repeat = 3, "rep", "if the count (capture or immediate) is 0 go to `alt`, else push a counter and go to `next`", "arrays; runs";
        Loop = 4, "loop", "count the innermost counter down: not done, go to `next`; done, pop it and go to `alt`", "arrays; runs";
        Save = 5, "save", "push a capture, go to `next`", "local captures; recursion";
        Restore = 6, "restore", "pop a capture, go to `next`", "local captures; recursion";
        Catch = 7, "catch", "push a handler: state `alt` for the control symbols in the immediate mask, go to `next`", "broken data; ends of data";
        Uncatch = 8, "uncatch", "drop the innermost handler, go to `next`", "leaving a guarded part; re-arming";
    }
}

op_table! {
    /// Predicates on the flags of the last `a - b`.
    Cond {
        Eq = 0, "eq", "equal", "types; ends";
        Ne = 1, "ne", "not equal", "mismatches; more to do";
        Ltu = 2, "ltu", "below, unsigned", "bounds; budgets";
        Geu = 3, "geu", "not below, unsigned", "bounds; budgets";
        Gtu = 4, "gtu", "above, unsigned", "limits; overflow";
        Leu = 5, "leu", "not above, unsigned", "limits; overflow";
        Lts = 6, "lts", "below, signed", "signed fields; predictions";
        Ges = 7, "ges", "not below, signed", "signed fields; predictions";
        Gts = 8, "gts", "above, signed", "signed fields; predictions";
        Les = 9, "les", "not above, signed", "signed fields; predictions";
    }
}
