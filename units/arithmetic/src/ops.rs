//! The instruction table. Everything else about the instruction set derives
//! from it: encoder and decoder ([`crate::encoding`]), assembler mnemonics and
//! disassembler ([`crate::asm`], [`crate::text`]), occupancies and flag
//! effects of the simulation, and the reference page ([`crate::reference`]).

use crate::spec::Cycles;

/// What an operand of an instruction is. The letter is its field in the pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operand {
    /// `d`: where the result goes; any name. `PC` is allowed only where flags are set.
    Destination,
    /// `a`: first source; any name, `PC` reads as zero.
    First,
    /// `b`: second source; any name, `PC` reads as the address of the next instruction.
    Second,
    /// `r`: a register that is read.
    Read,
    /// `q`: a second register that is read.
    ReadToo,
    /// `w`: a register that is written.
    Write,
    /// `m`: a register that is read and written.
    Modify,
    /// `c`: a condition.
    Condition,
    /// `s`: a signed shift amount, for the first source.
    AmountFirst,
    /// `t`: a signed shift amount, for the second source.
    AmountSecond,
    /// `i`: an unsigned number.
    Immediate,
    /// The word after the instruction word.
    NextWord,
}

impl Operand {
    /// The letter of its field in a pattern; [`Operand::NextWord`] has none.
    #[must_use]
    pub const fn letter(self) -> u8 {
        match self {
            Operand::Destination => b'd',
            Operand::First => b'a',
            Operand::Second => b'b',
            Operand::Read => b'r',
            Operand::ReadToo => b'q',
            Operand::Write => b'w',
            Operand::Modify => b'm',
            Operand::Condition => b'c',
            Operand::AmountFirst => b's',
            Operand::AmountSecond => b't',
            Operand::Immediate => b'i',
            Operand::NextWord => b'_',
        }
    }
}

/// How an instruction is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// `DST:op SRC SRC`, with this `op`.
    Infix(&'static str),
    /// The mnemonic, then the operands.
    Plain,
    /// The mnemonic and the operand in one word, as `IFNZ`.
    Glued,
}

/// What a beat needs before it issues; the table lists needs in the order in
/// which they are waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Needs {
    /// Earlier results of this core that are read.
    Results,
    /// An operand word, if `IN` is a source.
    InputIfRead,
    /// An answer on the load queue.
    Reply,
    /// Room at the sink, if `OUT` is the destination.
    OutputIfWritten,
    /// Room at the sink.
    Output,
    /// Room in the flag queue.
    FlagRoom,
}

/// What happens to the flags.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FlagEffect {
    /// They stay.
    Keep,
    /// All four are set from the result.
    Set,
    /// The carry is used, all four are set, and `Z` stays clear once it is clear.
    Chain,
}

/// What several instructions have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    /// Operands in order of writing.
    pub operands: &'static [Operand],
    /// Needs in order.
    pub needs: &'static [Needs],
    /// Cycles until the next instruction can issue.
    pub occupancy: Cycles,
    /// Further cycles until a result read from data memory can be used.
    pub latency: Cycles,
    /// 16-bit adders used.
    pub adders: u8,
    /// Ports used: register file (`R` read, `W` write), memory, queues.
    pub ports: &'static str,
    /// Effect on the flags.
    pub flags: FlagEffect,
    /// Belongs to the next instruction: an `IF` covers it together with that.
    pub prefix: bool,
}

/// One instruction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// Its name in this crate.
    pub op: Op,
    /// Its name in statistics and, in the plain form, in programs.
    pub mnemonic: &'static str,
    /// How it is written.
    pub form: Form,
    /// The sixteen bits: `0`, `1`, or the letter of an operand field.
    pub pattern: &'static str,
    /// What it has in common with others.
    pub shape: Shape,
    /// Meaning in a line.
    pub meaning: &'static str,
    /// Two uses.
    pub uses: [&'static str; 2],
}

const ALU: Shape = Shape {
    operands: &[Operand::Destination, Operand::First, Operand::Second],
    needs: &[Needs::Results, Needs::InputIfRead, Needs::OutputIfWritten],
    occupancy: Cycles::Fixed(1),
    latency: Cycles::Ram,
    adders: 1,
    ports: "2R 1W, 2 shifters; RAM read, RAM write, IN, OUT where named",
    flags: FlagEffect::Keep,
    prefix: false,
};
const ALU_SET: Shape = Shape {
    flags: FlagEffect::Set,
    ..ALU
};
const ALU_CHAIN: Shape = Shape {
    flags: FlagEffect::Chain,
    ..ALU
};
const LOGIC: Shape = Shape { adders: 0, ..ALU };
const LOGIC_SET: Shape = Shape {
    flags: FlagEffect::Set,
    ..LOGIC
};
const PLAIN: Shape = Shape {
    operands: &[],
    needs: &[],
    occupancy: Cycles::Fixed(1),
    latency: Cycles::Fixed(0),
    adders: 0,
    ports: "-",
    flags: FlagEffect::Keep,
    prefix: false,
};
const SHIFTS: Shape = Shape {
    operands: &[Operand::AmountFirst, Operand::AmountSecond],
    prefix: true,
    ..PLAIN
};
const READS: Shape = Shape {
    operands: &[Operand::Read],
    needs: &[Needs::Results],
    ports: "1R",
    ..PLAIN
};

macro_rules! op_table {
    ($($op:ident = $mnemonic:literal, $form:expr, $pattern:literal, $shape:expr,
        $meaning:literal, [$use1:literal, $use2:literal];)+) => {
        /// The instructions.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[repr(u8)]
        pub enum Op {
            $(#[doc = $meaning] $op),+
        }

        /// The table, in order of [`Op`].
        pub const TABLE: &[Row] = &[$(Row {
            op: Op::$op,
            mnemonic: $mnemonic,
            form: $form,
            pattern: $pattern,
            shape: $shape,
            meaning: $meaning,
            uses: [$use1, $use2],
        }),+];
    };
}

op_table! {
    Add = "ADD", Form::Infix(""), "0001 dddd aaaa bbbb", ALU,
        "sum of the sources; with one source, a move",
        ["adding a difference to a channel", "moving a word from IN to a register"];
    AddF = "ADDf", Form::Infix("f"), "0010 dddd aaaa bbbb", ALU_SET,
        "sum of the sources, and flags; with one source, a test",
        ["lowest word of a long sum", "testing an operand for zero while moving it"];
    Sub = "SUB", Form::Infix("-"), "0011 dddd aaaa bbbb", ALU,
        "first source minus second; with one source, its negative",
        ["prediction errors", "7x as 8x - x"];
    SubF = "SUBf", Form::Infix("-f"), "0100 dddd aaaa bbbb", ALU_SET,
        "difference of the sources, and flags; without destination, CMP",
        ["counting a loop down", "lowest word of a long comparison"];
    And = "AND", Form::Infix("&"), "0101 dddd aaaa bbbb", LOGIC,
        "bits set in both sources",
        ["clipping to a byte", "an index into a table of 2^n words"];
    AndF = "ANDf", Form::Infix("&f"), "0110 dddd aaaa bbbb", LOGIC_SET,
        "bits set in both sources, and flags; C and V clear",
        ["testing a bit", "testing an alignment"];
    Or = "OR", Form::Infix("|"), "0111 dddd aaaa bbbb", LOGIC,
        "bits set in either source",
        ["packing two bytes into a word", "setting a bit"];
    OrF = "ORf", Form::Infix("|f"), "1000 dddd aaaa bbbb", LOGIC_SET,
        "bits set in either source, and flags; C and V clear",
        ["testing a 32-bit number for zero", "testing whether any of two masks has a bit"];
    Xor = "XOR", Form::Infix("^"), "1001 dddd aaaa bbbb", LOGIC,
        "bits set in one source only; with equal sources, zero",
        ["parity and mixing in checksums and random numbers", "clearing a register"];
    XorF = "XORf", Form::Infix("^f"), "1010 dddd aaaa bbbb", LOGIC_SET,
        "bits set in one source only, and flags; C and V clear",
        ["comparing signs", "testing a set of bits for equality"];
    AddC = "ADDC", Form::Infix("+c"), "1011 dddd aaaa bbbb", ALU_CHAIN,
        "sum of the sources and the carry",
        ["upper words of a long sum, as a presentation time", "folding the carry into a ones' complement sum"];
    SubB = "SUBB", Form::Infix("-c"), "1100 dddd aaaa bbbb", ALU_CHAIN,
        "first source minus second minus the borrow",
        ["upper words of a long difference", "comparing 64-bit positions (without destination)"];
    Add1 = "ADD1", Form::Infix("+1"), "1101 dddd aaaa bbbb", ALU,
        "sum of the sources and one",
        ["a return address (PC + 1)", "counting up into another register"];
    Const = "CONST", Form::Plain, "1110 iiii iiii iiii",
        Shape { operands: &[Operand::Immediate], ports: "1W", ..PLAIN },
        "LIT = a number of 12 bits",
        ["masks and biases", "addresses of labels"];
    ConstW = "CONSTW", Form::Plain, "0000 0000 0001 0000",
        Shape {
            operands: &[Operand::NextWord],
            occupancy: Cycles::Fixed(2),
            ports: "1W, code read twice",
            ..PLAIN
        },
        "LIT = the next word",
        ["negative constants", "masks of 16 bits"];
    If = "IF", Form::Glued, "0000 0000 0010 cccc",
        Shape { operands: &[Operand::Condition], needs: &[Needs::Results], prefix: true, ..PLAIN },
        "unless the condition holds, the next instruction and its prefixes are skipped",
        ["conditional jumps (IF, then J)", "conditional moves: minimum, clipping, selection"];
    Jump = "J", Form::Plain, "0000 0000 0011 rrrr",
        Shape { occupancy: Cycles::Jump, ..READS },
        "go on at the address in a register",
        ["loops", "returning from a shared tail"];
    Halt = "HALT", Form::Plain, "0000 0000 0100 0000",
        Shape { needs: &[Needs::Output], occupancy: Cycles::Halt, ports: "OUT", ..PLAIN },
        "end of the activation: an end token to the sink, then wait for the next activation",
        ["end of a routine", "leaving early under an IF"];
    Inc = "INC", Form::Infix("++"), "0000 0000 0101 mmmm",
        Shape {
            operands: &[Operand::Modify],
            needs: &[Needs::Results],
            adders: 1,
            ports: "1R 1W",
            ..PLAIN
        },
        "add one to a register",
        ["stepping ADDR between two accesses", "counting"];
    Ref = "REF", Form::Plain, "0000 0000 0110 rrrr", READS,
        "the next access to data memory uses the address in this register instead of ADDR",
        ["a second pointer: copying between two tables", "a spill slot while ADDR walks a table"];
    BankR = "BANK", Form::Plain, "0000 0000 0111 rrrr", READS,
        "select the data bank with the number in a register",
        ["one bank per decoded stream", "tables above 64 Ki words"];
    BankI = "BANK", Form::Plain, "0000 0001 iiii iiii",
        Shape { operands: &[Operand::Immediate], ..PLAIN },
        "select a data bank by number",
        ["set-up of a routine that owns a table", "switching between a state bank and a table bank"];
    Flag = "FLAG", Form::Plain, "0000 0000 1000 rrrr",
        Shape { needs: &[Needs::Results, Needs::FlagRoom], ports: "1R, flag queue", ..READS },
        "send a word to the parser",
        ["the verdict of a seek probe", "a decision that needs arithmetic"];
    ReqH = "REQH", Form::Plain, "0000 0000 1001 rrrr", READS,
        "upper half of the index of the next REQ (zero unless given)",
        ["streams above 64 Ki elements", "indices computed with ADDC"];
    Req = "REQ", Form::Plain, "0000 0010 rrrr qqqq",
        Shape {
            operands: &[Operand::Read, Operand::ReadToo],
            needs: &[Needs::Results, Needs::Output],
            ports: "2R, OUT",
            ..PLAIN
        },
        "ask the sink for element (second register) of stream (first register); takes a reply slot",
        ["reading back what was written", "palettes kept in a stream"];
    Load = "LOAD", Form::Plain, "0000 0000 1010 wwww",
        Shape {
            operands: &[Operand::Write],
            needs: &[Needs::Reply],
            ports: "1W, load queue",
            ..PLAIN
        },
        "take the oldest answer: its lower half to a register; gives the reply slot back",
        ["receiving an element asked for with REQ", "waiting until earlier words are written"];
    LoadH = "LOADH", Form::Plain, "0000 0000 1011 wwww",
        Shape { operands: &[Operand::Write], ports: "1W", ..PLAIN },
        "upper half of the answer taken last",
        ["elements of 32 bits", "positions and sizes"];
    Shift = "SHIFT", Form::Plain, "0000 01ss ssst tttt", SHIFTS,
        "shift the sources of the next ALU instruction: left, or (negative) logically right",
        ["small multiples: 5x as x + 4x", "packing and unpacking bytes"];
    AShift = "ASHIFT", Form::Plain, "0000 10ss ssst tttt", SHIFTS,
        "as SHIFT, but right shifts copy the sign",
        ["rounded averages of signed numbers", "sign extension: left, then right"];
}

impl Op {
    /// Its row of the table.
    #[must_use]
    pub const fn row(self) -> &'static Row {
        &TABLE[self as usize]
    }

    /// True for what goes through the arithmetic unit, and so through the shifters.
    #[must_use]
    pub const fn is_alu(self) -> bool {
        matches!(self.row().shape.operands, [Operand::Destination, ..])
    }
}
