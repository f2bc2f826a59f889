//! The instruction tables as readable data: for `orrery isa`, the page of
//! reference and editors.

use std::fmt::Write as _;

use crate::isa::{
    AluOp, CaptureMode, Cond, EscapeVerb, Port, StackOp, StageOp, SysOp, Work, control,
};
use crate::unit::{Role, Spec};

/// One code in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReferenceRow {
    /// Value of the field.
    pub code: u8,
    /// Name in listings.
    pub mnemonic: &'static str,
    /// What it takes.
    pub operands: String,
    /// What it waits for, in order.
    pub needs: &'static str,
    /// Cycles until the next row can issue; the row takes the largest of its parts.
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

/// A table with its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReferenceTable {
    /// Short name, the marker in the page.
    pub name: &'static str,
    /// What the rows are.
    pub title: &'static str,
    /// Rows in order of code.
    pub rows: Vec<ReferenceRow>,
}

/// All instruction tables of the Parsing Unit.
#[must_use]
pub fn reference() -> Vec<ReferenceTable> {
    let table = |name, title, rows| ReferenceTable { name, title, rows };
    vec![
        table(
            "ports",
            "match ports",
            Port::ALL.iter().map(|&p| port(p)).collect(),
        ),
        table(
            "captures",
            "captures",
            CaptureMode::ALL
                .iter()
                .map(|&m| plain(m as u8, m.mnemonic(), m.meaning(), m.uses()))
                .collect(),
        ),
        table(
            "alu",
            "ALU operations",
            AluOp::ALL.iter().map(|&op| alu(op)).collect(),
        ),
        table(
            "system",
            "system operations",
            SysOp::ALL.iter().map(|&op| system(op)).collect(),
        ),
        table(
            "staging",
            "staging accesses",
            StageOp::ALL.iter().map(|&op| stage(op)).collect(),
        ),
        table(
            "stack",
            "stack operations",
            StackOp::ALL.iter().map(|&op| stack(op)).collect(),
        ),
        table(
            "escapes",
            "escape table entries",
            EscapeVerb::ALL
                .iter()
                .map(|&v| plain(v as u8, v.mnemonic(), v.meaning(), v.uses()))
                .collect(),
        ),
        table(
            "predicates",
            "predicates",
            Cond::ALL
                .iter()
                .map(|&c| plain(c as u8, c.mnemonic(), c.meaning(), c.uses()))
                .collect(),
        ),
    ]
}

fn plain(
    code: u8,
    mnemonic: &'static str,
    meaning: &'static str,
    uses: &'static str,
) -> ReferenceRow {
    ReferenceRow {
        code,
        mnemonic,
        operands: String::new(),
        needs: "",
        occupancy: "1",
        ports: "",
        adders: 0,
        meaning,
        uses,
    }
}

fn port(port: Port) -> ReferenceRow {
    const BYTES: &str = "the bytes peeked at";
    let (needs, ports, operands) = match port {
        Port::None => ("", "", ""),
        Port::Symbol => (BYTES, "window 1R", "width"),
        Port::Int => (BYTES, "window 1R", "n or capture"),
        Port::Map => (BYTES, "window 1R, map 1R", "capture"),
        Port::Value => ("", "", "capture, shift, width"),
        Port::Cond => ("", "", "predicate"),
        Port::Flag => ("flag", "", "width"),
        Port::Reply => ("reply", "", ""),
    };
    ReferenceRow {
        operands: operands.into(),
        needs,
        occupancy: port.occupancy(),
        ports,
        adders: u8::from(port == Port::Int),
        ..plain(port as u8, port.mnemonic(), port.meaning(), port.uses())
    }
}

/// The fields of an operation, as the listing writes them.
fn work_operands(work: Work) -> String {
    let fields = work.fields();
    let b = match work {
        Work::Alu(op) if !op.is_mask() => "b or #imm",
        _ => "b",
    };
    let imm = match work {
        Work::Alu(op) if op.has_count() => "start, n",
        Work::Alu(_) => "start",
        Work::Sys(_) => "imm",
    };
    let parts = [
        (fields.dst, "dst"),
        (fields.a, "a"),
        (fields.b, b),
        (fields.imm, imm),
        (fields.operands, "operands 0 to 3"),
    ];
    let used = parts.iter().filter(|p| p.0).map(|p| p.1);
    used.collect::<Vec<_>>().join(", ")
}

fn alu(op: AluOp) -> ReferenceRow {
    let adders = match op {
        AluOp::Add | AluOp::Sub | AluOp::Cmp | AluOp::Adc | AluOp::Sbb => 1,
        AluOp::Min | AluOp::Max => 1,
        AluOp::NthZero | AluOp::NextOne | AluOp::Ones => 1,
        _ => 0,
    };
    ReferenceRow {
        operands: work_operands(Work::Alu(op)),
        adders,
        ..plain(op as u8, op.mnemonic(), op.meaning(), op.uses())
    }
}

fn system(op: SysOp) -> ReferenceRow {
    let (needs, ports, adders) = match op {
        SysOp::Frame | SysOp::More => ("", "LEN stack 1W", 1),
        SysOp::Unframe => ("the bytes dropped", "LEN stack 1R", 1),
        SysOp::Skip | SysOp::Drain => ("the bytes dropped", "", 1),
        SysOp::BytesLeft => ("", "LEN stack 1R", 1),
        SysOp::EscapeOn | SysOp::EscapeOff | SysOp::MarkerMet => ("", "escape circuit", 0),
        SysOp::CheckCrc | SysOp::CheckSums | SysOp::CheckStop => ("", "check circuit", 0),
        SysOp::Insert => ("", "map 1W", 1),
        SysOp::Fill => ("", "staging 1R, map 1W", 2),
        SysOp::Fail | SysOp::Raise => ("", "parse stack 1R", 0),
        _ => ("", "", 0),
    };
    ReferenceRow {
        operands: work_operands(Work::Sys(op)),
        needs,
        occupancy: op.occupancy(),
        ports,
        adders,
        ..plain(op as u8, op.mnemonic(), op.meaning(), op.uses())
    }
}

fn stage(op: StageOp) -> ReferenceRow {
    let ports = match op {
        StageOp::None => "",
        StageOp::Load8 | StageOp::Load16 | StageOp::Load32 | StageOp::Load64 => "staging 1R",
        _ => "staging 1W",
    };
    let used = op != StageOp::None;
    ReferenceRow {
        operands: if used { "data, base, index" } else { "" }.into(),
        ports,
        adders: u8::from(used),
        ..plain(op as u8, op.mnemonic(), op.meaning(), op.uses())
    }
}

fn stack(op: StackOp) -> ReferenceRow {
    let (operands, ports) = match op {
        StackOp::None => ("next", ""),
        StackOp::Call => ("alt, next", "stack 1W"),
        StackOp::Return => ("", "stack 1R"),
        StackOp::Repeat => ("count, alt, next", "stack 1W"),
        StackOp::Loop => ("alt, next", "stack 1R 1W"),
        StackOp::Save => ("capture, next", "stack 1W"),
        StackOp::Restore => ("capture, next", "stack 1R"),
        StackOp::Catch => ("mask, alt, next", "stack 1W"),
        StackOp::Uncatch => ("next", "stack 1R"),
    };
    ReferenceRow {
        operands: operands.into(),
        ports,
        adders: u8::from(op == StackOp::Loop),
        ..plain(op as u8, op.mnemonic(), op.meaning(), op.uses())
    }
}

/// A table as the page of reference shows it; columns that are empty
/// throughout are left out.
#[must_use]
pub fn markdown(table: &ReferenceTable) -> String {
    let cells = |row: &ReferenceRow| {
        [
            row.code.to_string(),
            format!("`{}`", row.mnemonic),
            row.operands.clone(),
            row.needs.into(),
            row.occupancy.into(),
            row.ports.into(),
            if row.adders == 0 {
                String::new()
            } else {
                row.adders.to_string()
            },
            row.meaning.into(),
            row.uses.into(),
        ]
    };
    let heads = [
        "code",
        "name",
        "operands",
        "waits for",
        "cycles",
        "ports",
        "adders",
        "meaning",
        "uses",
    ];
    let rows: Vec<_> = table.rows.iter().map(cells).collect();
    let shown: Vec<usize> = (0..heads.len())
        .filter(|&i| {
            rows.iter()
                .any(|r| !r[i].is_empty() && (i != 4 || r[i] != "1"))
        })
        .collect();
    let mut text = String::new();
    let mut line = |cell: &dyn Fn(usize) -> String| {
        for &i in &shown {
            let _ = write!(text, "| {} ", cell(i).replace('|', "\\|"));
        }
        text.push_str("|\n");
    };
    line(&|i| heads[i].into());
    line(&|_| "---".into());
    for row in &rows {
        line(&|i| row[i].clone());
    }
    text
}

/// The configuration numbers.
#[must_use]
pub fn numbers_markdown() -> String {
    let mut text = String::from("| number | class | default | meaning |\n|---|---|---|---|\n");
    for (name, role, default, meaning) in Spec::NUMBERS {
        let class = match role {
            Role::Cost => "cost",
            Role::Depth => "depth",
            Role::Capacity => "capacity",
            Role::Policy => "policy",
        };
        let meaning = meaning.trim();
        let _ = writeln!(
            text,
            "| `parsing.{name}` | {class} | {default} | {meaning} |"
        );
    }
    text
}

/// The control symbols.
#[must_use]
pub fn control_markdown() -> String {
    let mut text = String::from("| code | name |\n|---|---|\n");
    for (name, code) in control::NAMES {
        let _ = writeln!(text, "| {code} | {name} |");
    }
    text
}
