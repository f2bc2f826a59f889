//! The instruction tables as readable data: for `orrery isa`, the page of
//! reference and editors.

use std::fmt::Write as _;

use crate::isa::{Action, Target};
use crate::sink::Command;
use crate::spec::{Class, OutputSpec};

/// One action or command in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReferenceRow {
    /// Opcode.
    pub op: u16,
    /// Name in grammars and listings.
    pub mnemonic: &'static str,
    /// What the immediate and the operands are.
    pub operands: String,
    /// What it waits for, in order.
    pub needs: &'static str,
    /// Cycles until the next one can issue.
    pub occupancy: &'static str,
    /// Memory ports used.
    pub ports: &'static str,
    /// 32-bit adders used.
    pub adders: u8,
    /// One line.
    pub meaning: &'static str,
    /// Two uses.
    pub uses: &'static str,
}

/// A table with its title.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReferenceTable {
    /// Process and what the rows are.
    pub title: &'static str,
    /// Rows in opcode order.
    pub rows: Vec<ReferenceRow>,
}

/// All instruction tables of the Output Unit.
#[must_use]
pub fn reference() -> Vec<ReferenceTable> {
    vec![
        ReferenceTable {
            title: "output.sequencer: actions",
            rows: Action::ALL.iter().map(|&a| action_row(a)).collect(),
        },
        ReferenceTable {
            title: "output.core_sink: commands",
            rows: Command::ALL.iter().map(|&c| command_row(c)).collect(),
        },
    ]
}

fn action_row(action: Action) -> ReferenceRow {
    let row = action.row();
    let target = match row.target {
        Target::None => "",
        Target::Handle => "stream",
        Target::Label => "label",
        Target::Gate => "output",
    };
    let count = match (row.min, row.max) {
        (0, 0) => String::new(),
        (min, max) if min == max => format!("{min}"),
        (min, max) => format!("{min} to {max}"),
    };
    let parts = [target, &count].into_iter().filter(|p| !p.is_empty());
    let operands = parts.collect::<Vec<_>>().join(", ");
    let (needs, ports, adders) = circuit(action);
    ReferenceRow {
        op: row.op,
        mnemonic: row.mnemonic,
        operands,
        needs,
        occupancy: row.cost,
        ports,
        adders,
        meaning: row.meaning,
        uses: row.uses,
    }
}

/// Needs beyond the action itself, memory ports and adders.
fn circuit(action: Action) -> (&'static str, &'static str, u8) {
    const BAND: &str = "grants, if a band is finished";
    match action {
        Action::Append | Action::Repeat => (BAND, "memory 1W, ring 1W", 2),
        Action::Copy => (BAND, "ring 1R 1W, memory 1W", 3),
        Action::Place => ("", "map 1R, memory 1W", 2),
        Action::PlaceAdd | Action::PlaceOr | Action::PlaceSign => ("", "map 1R, memory 1R 1W", 3),
        Action::Texture | Action::Region => ("", "handles 1W, multiplier", 1),
        Action::Ram => ("", "handles 1W", 1),
        Action::Band => (BAND, "handles 1W, multiplier", 1),
        Action::Close => ("grants, if the stream has bands", "handles 1W", 1),
        Action::Clear => ("", "memory 1W", 1),
        Action::Advance => (BAND, "handles 1W", 1),
        Action::Seek | Action::Map | Action::Sticky => ("", "handles 1W", 1),
        Action::Grant => ("grants", "handles 1W", 1),
        Action::List => ("lists", "handles 1W", 1),
        Action::GrantScan => ("grants.scan", "handles 1W", 1),
        Action::Screen => ("screens", "handles 1W", 1),
        Action::AwaitScan => ("scan.done", "", 1),
        Action::AwaitCore => ("core.done", "", 1),
        Action::AwaitKernel => ("kernel.done", "", 1),
        Action::AwaitFrames => ("frames.done", "", 1),
        Action::KernelStatus => ("status", "", 0),
        Action::Activate | Action::Words => ("core.in, each beat", "", 0),
        Action::Bind => ("core.in, each beat", "handles 1R 1W", 0),
        Action::SinkCopy | Action::SinkClose => ("core.in", "", 0),
        Action::SinkFrame => ("core.in, video", "handles 1R", 0),
        Action::Open | Action::Frame => ("video", "handles 1R", 0),
        Action::Sums | Action::Crc => ("", "check circuit", 0),
        Action::Check => ("", "check circuit", 0),
        Action::Size => ("", "handles 1R", 0),
        Action::Fetch => ("", "memory 1R", 1),
    }
}

fn command_row(command: Command) -> ReferenceRow {
    let row = command.row();
    let (needs, ports, adders) = match command {
        Command::Bind => ("", "", 0),
        Command::BindRest => ("core.out", "", 0),
        Command::Copy => (
            "grants.core, if a band is finished",
            "ring 1R 1W, memory 1W",
            3,
        ),
        Command::Close => ("grants.core, if the stream has bands", "", 1),
        Command::Frame => ("video.core, each beat", "", 0),
    };
    ReferenceRow {
        op: row.op,
        mnemonic: row.mnemonic,
        operands: row.operands.to_owned(),
        needs,
        occupancy: row.cost,
        ports,
        adders,
        meaning: row.meaning,
        uses: row.uses,
    }
}

/// A table as the page of reference shows it.
#[must_use]
pub fn markdown(table: &ReferenceTable) -> String {
    let mut text = String::from(
        "| op | name | operands | also waits for | cycles | ports | adders | meaning | uses |\n\
         |---|---|---|---|---|---|---|---|---|\n",
    );
    let cell = |s: &str| s.replace('|', "\\|");
    for r in &table.rows {
        let _ = writeln!(
            text,
            "| {:#04x} | `{}` | {} | {} | {} | {} | {} | {} | {} |",
            r.op,
            r.mnemonic,
            cell(&r.operands),
            r.needs,
            r.occupancy,
            r.ports,
            r.adders,
            cell(r.meaning),
            cell(r.uses)
        );
    }
    text
}

/// The configuration numbers as the page of reference shows them.
#[must_use]
pub fn numbers_markdown() -> String {
    let mut text = String::from("| number | class | default | meaning |\n|---|---|---|---|\n");
    for n in OutputSpec::NUMBERS {
        let class = match n.class {
            Class::Cost => "cost",
            Class::Depth => "depth",
            Class::Grain => "grain",
            Class::Policy => "policy",
            Class::Capacity => "capacity",
        };
        let _ = writeln!(
            text,
            "| `output.{}` | {class} | {} {} | {} |",
            n.name, n.default, n.unit, n.meaning
        );
    }
    text
}
