//! The actions: instructions of the Output Unit's sequencer, and the commands
//! that travel on through the Arithmetic Core's queues to its sink.
//!
//! One table, [`crate::for_each_action!`], from which the opcode numbers, the names
//! that grammars may use, and the reference page derive.
//!
//! An action is one queue entry ([`orrery_shared::Entry`]): `op` is the opcode,
//! `imm` a stream handle (0..1024) or a label address, `a` up to four 32-bit
//! operands by value. The low three bits of `n` count the operands; bit `4 + i`
//! says that operand `i` is a stream handle which the sequencer replaces by the
//! *identity* of the stream: the byte address of its memory.

/// Calls `$mac!` with one row per action:
/// `name = opcode, "mnemonic", target, min..=max operands, "cost", "meaning", "two uses";`
#[macro_export]
macro_rules! for_each_action {
    ($mac:ident) => {
        $mac! {
            Append = 0x01, "append", Handle, 1..=4, "ceil(bytes / rate)",
                "appends the operands, low byte first, each as wide as the stream's unit",
                "decompressed literals; words of a sprite list";
            Copy = 0x02, "copy", Handle, 2..=2, "ceil(bytes / rate)",
                "Lempel-Ziv copy (distance, length) in texels of the stream, overlapping allowed, source is the stream's ring",
                "dictionary matches; runs of equal pixels";
            Repeat = 0x03, "repeat", Handle, 2..=2, "ceil(bytes / rate)",
                "appends value `a0` `a1` times",
                "packed bitmaps' runs; clearing a row to a background";
            Place = 0x04, "place", Handle, 3..=3, "2",
                "element[base + map[index]] = value (operands base, index, value; without a map the index itself)",
                "reordered coefficients; palette entries out of order";
            PlaceAdd = 0x05, "place_add", Handle, 3..=3, "2",
                "element[base + map[index]] += value",
                "refined coefficients; histograms";
            PlaceOr = 0x06, "place_or", Handle, 3..=3, "2",
                "element[base + map[index]] |= value",
                "bit planes; masks";
            PlaceSign = 0x07, "place_sign", Handle, 3..=3, "2",
                "adds value to the element with the sign the element has",
                "magnitude refinement; widening rounding intervals";
            Texture = 0x08, "texture", Handle, 3..=3, "1",
                "creates a texture stream of width, height, kind in texture memory",
                "frames; atlases";
            Region = 0x09, "region", Handle, 3..=3, "1",
                "creates a raw byte stream in texture memory: pitch in bytes, rows, kind",
                "intermediate scanlines; planes with padding";
            Ram = 0x0A, "ram", Handle, 2..=2, "1",
                "creates a stream in stream RAM: bytes, kind",
                "sprite lists; tables";
            Band = 0x0B, "band", Handle, 1..=1, "1",
                "from now on hands every `a0` finished rows to the Compositor, the rest on close",
                "scanlines in flight; planes of blocks";
            Close = 0x0C, "close", Handle, 0..=0, "1",
                "ends the stream: a partial element traps, remaining whole rows are handed over",
                "end of data; early end after an error";
            Grant = 0x0D, "grant", Handle, 0..=0, "1",
                "hands the stream's whole memory to the Compositor",
                "render targets; palettes";
            List = 0x0E, "draw", Handle, 0..=1, "1",
                "sends the list in a RAM stream to the Compositor's kernel; operand: flags (1 = a status word is wanted)",
                "format conversion; inverse transforms";
            AwaitCore = 0x0F, "await_core", None, 0..=0, "1",
                "waits until the core's sink has finished every activation and sink command sent so far",
                "ordering copies after computed words; reading results back";
            AwaitKernel = 0x10, "await_kernel", None, 0..=0, "1",
                "waits until every list sent to the kernel is done, and takes its memory back",
                "showing a finished frame; reusing a list";
            Activate = 0x11, "activate", Label, 0..=4, "1 + operands",
                "starts a core routine with operand words",
                "pixel arithmetic; time stamps";
            Words = 0x12, "words", None, 1..=4, "operands",
                "more operand words for the activation just started",
                "long activations; uploading tables";
            Bind = 0x13, "bind", Handle, 0..=0, "2",
                "the core's output words go to this stream from here on (forwarded in order)",
                "computed pixels; computed samples";
            SinkCopy = 0x14, "sink_copy", None, 2..=2, "1",
                "as `copy`, done by the core's sink after the words of earlier activations",
                "runs between computed pixels; repeats of computed samples";
            SinkClose = 0x15, "sink_close", None, 0..=0, "1",
                "as `close`, done by the core's sink in order",
                "end of computed pixels; end of computed samples";
            SinkFrame = 0x16, "sink_frame", Gate, 1..=1, "1",
                "as `frame`, sent by the core's sink in order",
                "showing computed pixels; showing them again";
            Open = 0x17, "open", Gate, 1..=2, "1",
                "announces a frame (its texture's identity) at an external output, and how it is to be turned when shown (0 to 7); shown incomplete if the run stops",
                "pictures that grow, files that break off; pictures and films stored lying on their side";
            Frame = 0x18, "frame", Gate, 1..=1, "1",
                "sends a complete frame to an external output",
                "finished pictures; repeated pictures";
            Sums = 0x19, "sums", Handle, 2..=2, "1",
                "starts a pair of chained sums over what is appended: modulus, initial value",
                "stream checksums; detecting repeated rows";
            Crc = 0x1A, "crc", Handle, 4..=4, "1",
                "starts a CRC over what is appended: width | reflections << 8, polynomial, initial value, final xor",
                "stream checksums; content names";
            Check = 0x1B, "check", Handle, 0..=0, "1",
                "stops the stream's check circuit and replies with its value",
                "comparing with a stored checksum; logging one";
            Size = 0x1C, "size", Handle, 0..=0, "1",
                "replies with the number of units appended so far; high half: the data error that a sticky stream keeps, or 0",
                "length checks; back-patching";
            Fetch = 0x1D, "fetch", Handle, 2..=2, "1 + latency",
                "replies with up to 64 bits: bit position, number of bits",
                "history masks; reading back a table";
            Clear = 0x1E, "clear", Handle, 0..=0, "ceil(bytes / clear_rate)",
                "sets the stream's memory to zero and its position to 0",
                "coefficient planes; reusing a list";
            Seek = 0x1F, "seek", Handle, 1..=1, "1",
                "sets the append position, in units",
                "back-patching; bottom-up pictures";
            Map = 0x20, "map", Handle, 1..=1, "1",
                "binds an index map (a RAM stream of 16-bit indices, operand as identity) for the place actions",
                "scan orders; channel orders";
            AwaitFrames = 0x21, "await_frames", Gate, 0..=0, "1",
                "waits until every frame sent to an external output has left it, and takes the textures back",
                "drawing the next picture into the same texture; double buffering";
            KernelStatus = 0x22, "kernel_status", None, 0..=0, "1",
                "waits for the status word of the oldest list drawn with flag 1 and replies with it",
                "defects found in data; counts of skipped items";
            Screen = 0x23, "screen", Handle, 0..=0, "1",
                "sends the display list in a RAM stream to the Compositor's scan",
                "showing several pictures on one screen; scaled pictures";
            AwaitScan = 0x24, "await_scan", None, 0..=0, "1",
                "waits until every display list sent to the scan is done, and takes its memory back",
                "sending a finished screen to an output; changing a display list";
            GrantScan = 0x25, "grant_scan", Handle, 0..=0, "1",
                "hands the stream's whole memory to the Compositor's scan",
                "the texture that is the screen; textures of sprites and glyphs";
            Advance = 0x26, "advance", Handle, 1..=1, "1",
                "moves the append position on by so many units, over what was placed there; copies do not reach back over it",
                "planes of placed coefficients, handed over in bands; transparent rows of a picture";
            Sticky = 0x27, "sticky", Handle, 0..=0, "1",
                "from now on a data error of this stream is kept for `size` and does not trap: what fits is written, what follows it is dropped",
                "more data than a header promises; matches that reach before the start";
        }
    };
}

/// What the `imm` field of an action means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// Nothing; must be 0.
    None,
    /// A stream handle.
    Handle,
    /// An address in the core's program.
    Label,
    /// An external output.
    Gate,
}

/// One row of the table, as data.
#[derive(Clone, Copy, Debug)]
pub struct ActionRow {
    /// Opcode.
    pub op: u16,
    /// Name in grammars and listings.
    pub mnemonic: &'static str,
    /// Meaning of `imm`.
    pub target: Target,
    /// Fewest operands.
    pub min: u16,
    /// Most operands.
    pub max: u16,
    /// Occupancy in cycles, as a formula over configuration numbers.
    pub cost: &'static str,
    /// One line.
    pub meaning: &'static str,
    /// Two uses that have nothing to do with each other.
    pub uses: &'static str,
}

macro_rules! define_actions {
    ($($name:ident = $op:literal, $mnemonic:literal, $target:ident, $min:literal..=$max:literal, $cost:literal,
        $meaning:literal, $uses:literal;)+) => {
        /// An action opcode.
        // The meanings write `map[index]`, which rustdoc would take for links.
        #[allow(rustdoc::broken_intra_doc_links)]
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[repr(u16)]
        pub enum Action { $(#[doc = $meaning] $name = $op),+ }

        impl Action {
            /// All actions in opcode order.
            pub const ALL: &'static [Action] = &[$(Action::$name),+];

            /// The action of an opcode.
            #[must_use]
            pub const fn from_op(op: u16) -> Option<Action> {
                match op { $($op => Some(Action::$name),)+ _ => None }
            }

            /// The table row.
            #[must_use]
            pub const fn row(self) -> ActionRow {
                match self {
                    $(Action::$name => ActionRow {
                        op: $op, mnemonic: $mnemonic, target: Target::$target, min: $min, max: $max,
                        cost: $cost, meaning: $meaning, uses: $uses,
                    }),+
                }
            }
        }
    };
}
for_each_action!(define_actions);

impl Action {
    /// The action with a mnemonic.
    #[must_use]
    pub fn from_mnemonic(name: &str) -> Option<Action> {
        Action::ALL
            .iter()
            .copied()
            .find(|a| a.row().mnemonic == name)
    }
}

/// In `n`: how many operands there are.
const COUNT_BITS: u16 = 0x0007;
/// In `n`: where the flags of operands that are handles lie.
const HANDLE_SHIFT: u32 = 4;
/// In `n`: always zero.
const RESERVED_BITS: u16 = 0xFF08;

/// Takes the fixed part of an action apart: the action, and bit `i` for every
/// operand `i` that is a handle.
///
/// # Errors
/// Says why the entry is no action: the trap for undefined words.
pub fn shape(entry: &orrery_shared::Entry) -> Result<(Action, u16), String> {
    let Some(action) = Action::from_op(entry.op) else {
        return Err(format!("opcode {:#x} is no action", entry.op));
    };
    let row = action.row();
    let count = entry.n & COUNT_BITS;
    let flags = (entry.n >> HANDLE_SHIFT) & 0xF;
    if entry.n & RESERVED_BITS != 0 || flags >> count.min(4) != 0 {
        return Err(format!(
            "reserved bits are set in `{}` (n = {:#06x})",
            row.mnemonic, entry.n
        ));
    }
    if !(row.min..=row.max).contains(&count) {
        return Err(format!(
            "`{}` takes {} to {} operands, not {count}",
            row.mnemonic, row.min, row.max
        ));
    }
    if row.target == Target::None && entry.imm != 0 {
        return Err(format!(
            "`{}` names nothing, but its immediate is {}",
            row.mnemonic, entry.imm
        ));
    }
    Ok((action, flags))
}

/// Stream kinds: bits 0..4 the unit that `append` writes (1, 2 or 4 bytes),
/// bits 4..8 the texel that `copy` counts in (1 to 8 bytes).
pub mod kind {
    /// Names that grammars may use.
    pub const NAMES: &[(&str, u32)] = &[
        ("u8", 0x11),
        ("u16", 0x22),
        ("u32", 0x44),
        ("rgb8", 0x31),
        ("rgba8", 0x41),
        ("bytes2", 0x21),
        ("bytes6", 0x61),
        ("bytes8", 0x81),
    ];
}

/// External outputs.
pub mod gate {
    /// Names that grammars may use, with the gate's number.
    pub const NAMES: &[(&str, u16)] = &[("video", 0)];
}
