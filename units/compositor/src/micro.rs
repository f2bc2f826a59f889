//! Micro-operations: what the words of a bound program become.

use crate::isa::Op;

macro_rules! kinds {
    ($($(#[doc = $doc:literal])+ $special:ident,)+ ; $($op:ident)+) => {
        /// What a micro-operation does. One flat enumeration, so that a single
        /// jump dispatches.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[repr(u8)]
        pub enum Kind {
            $($(#[doc = $doc])+ $special,)+
            $(#[doc = "As the instruction of this name."] $op,)+
        }

        impl Kind {
            /// Of an instruction that is executed as it is.
            pub(crate) fn plain(op: Op) -> Kind {
                match op {
                    $(Op::$op => Kind::$op,)+
                    _ => Kind::Undefined,
                }
            }
        }
    };
}

kinds! {
    /// Traps: the word is no instruction.
    Undefined,
    /// Traps: a gCASE that is not followed by its jump words.
    BadCase,
    /// Traps: a store too far from its tile.
    FarStore,
    /// Traps: no view in the unit.
    NoView,
    /// Traps: only scan programs have an output.
    NoOutput,
    /// Load of byte channels by a constant displacement.
    LoadBytes,
    /// Load of one to four wide channels by a constant displacement.
    LoadWide,
    /// Load with register coordinates or of elements below a byte.
    LoadAny,
    /// Four bytes side by side by a constant displacement.
    Load4Bytes,
    /// Four wide elements by a constant displacement.
    Load4Wide,
    /// Any other load of four.
    Load4Any,
    /// Load of one to four wide channels of a texel that is the same for all tiles.
    LoadSame,
    /// Store of byte channels.
    StoreBytes,
    /// Store of four bytes at most five apart, the step in `c`.
    Store4Bytes,
    /// Store of four halves side by side, lowest byte first.
    Store4Halves,
    /// Any other store.
    StoreAny,
    /// Store of four.
    Store4Any,
    /// A product of two registers of which the low 16 bits are kept, with their sign.
    Halves,
    ;
    End Jump BranchZero BranchNonZero Case Loop Next Flag Position Out Transpose Move Abs Add Sub Rsub Avg Absd Min Max And Or Xor Shl Shr Sar Eq Ne Lt Le Gt Ge Select Swizzle Unorm Porter Sum SumReg SumVec
}

/// How a result is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Form {
    /// As it is.
    Whole,
    /// The low bits of every component, a mask in `offset`.
    Low,
    /// Some components, as they are.
    Masked,
    /// With mask of components, result form and limits.
    Any,
}

/// One micro-operation.
#[derive(Clone, Copy, Debug)]
pub struct Micro {
    /// What it does.
    pub kind: Kind,
    /// Destination register.
    pub d: u16,
    /// First source.
    pub a: u16,
    /// Second source.
    pub b: u16,
    /// Third source, or first bank word.
    pub c: u16,
    /// How the result is written.
    pub form: Form,
    /// Component of `b` for all components, or 4.
    pub broadcast: u8,
    /// Components written.
    pub mask: u8,
    /// Texture unit.
    pub unit: u8,
    /// Channel, component or number of taps.
    pub n: u8,
    /// Channels of the view; result form; options.
    pub ext: u8,
    /// Result limits.
    pub clip: u8,
    /// Displacements.
    pub dx: i8,
    /// Displacements.
    pub dy: i8,
    /// Byte offset in the view, or words to skip.
    pub offset: i32,
}

/// Where nothing was bound.
pub(crate) const TRAP: Micro = Micro {
    kind: Kind::Undefined,
    d: 0,
    a: 0,
    b: 0,
    c: 0,
    form: Form::Whole,
    broadcast: 4,
    mask: 15,
    unit: 0,
    n: 0,
    ext: 0,
    clip: 0,
    dx: 0,
    dy: 0,
    offset: 0,
};
