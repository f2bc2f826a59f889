//! Two uses of every instruction: programs of different purposes that execute it, as the machine counts.
//!
//! A circuit that only one purpose needs would be a format in disguise. The programs are those that are shipped, those
//! of the tutorial and of tests, and those of `tests/programs`, which check what they compute themselves. Two programs
//! that read the same coding count as one purpose.

mod common;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use common::{root, small, sources};
use orrery_compositor::isa::ROWS;
use orrery_compositor::word::Instr;
use orrery_emulator::report::Verdict;
use orrery_emulator::wiring::process;
use orrery_emulator::{Clock, Config, Machine, Program, Sources};
use orrery_output::isa::Action;
use orrery_output::sink::Command;
use orrery_parsing::isa::row::Work;
use orrery_parsing::isa::{
    AluOp, CaptureMode, Cond, EscapeVerb, Port, Row, StackOp, StageOp, StateWord, SysOp,
};
use orrery_reference::Format;

/// Programs that are here for their instructions.
const OWN: &str = "tests/programs";

/// A program, what it is for, and what it is run on.
struct Purpose {
    name: String,
    path: String,
    program: Arc<Program>,
    inputs: Vec<Vec<u8>>,
}

fn compiled(name: &str, sources: &Sources) -> Arc<Program> {
    let compiled = Program::compile(name, sources).unwrap_or_else(|d| panic!("{name}: {d:#?}"));
    Arc::new(compiled.program)
}

/// A program of the tree: a directory, or a grammar alone.
fn purpose(path: &str, inputs: Vec<Vec<u8>>) -> Purpose {
    let full = root().join(path);
    let files = if full.is_dir() {
        sources(&full)
    } else {
        let text = std::fs::read_to_string(&full).unwrap_or_else(|e| panic!("{path}: {e}"));
        let name = Path::new(path).file_name().expect("a file");
        Sources::from([(name.to_string_lossy().into_owned(), text)])
    };
    Purpose {
        name: path.to_owned(),
        path: path.to_owned(),
        program: compiled(path, &files),
        inputs,
    }
}

fn samples(format: Format) -> Vec<Vec<u8>> {
    let all = orrery_samples::all().into_iter();
    all.filter(|s| s.format == format && s.bytes.len() < 20_000)
        .map(|s| s.bytes)
        .collect()
}

impl Purpose {
    /// The same program, as one of a purpose that has others.
    fn of(self, name: &str) -> Purpose {
        Purpose {
            name: name.to_owned(),
            ..self
        }
    }
}

/// The compressed data of the samples that have them in one piece.
fn streams() -> Vec<Vec<u8>> {
    let data = |bytes: Vec<u8>| {
        let at = bytes.windows(4).position(|w| w == b"IDAT")?;
        let length = bytes.get(at.checked_sub(4)?..at)?.try_into().ok()?;
        let length = u32::from_be_bytes(length) as usize;
        bytes.get(at + 4..at + 4 + length).map(<[u8]>::to_vec)
    };
    samples(Format::Png).into_iter().filter_map(data).collect()
}

fn purposes() -> Vec<Purpose> {
    let shown: Vec<u8> = (0..2 * 2 * 8).map(|i| i * 7).collect();
    let mut farbfeld = b"farbfeld\0\0\0\x02\0\0\0\x02".to_vec();
    farbfeld.extend(&shown);
    let mut poster = b"poster\x02\x02".to_vec();
    poster.extend(&shown[..12]);
    poster.extend([1, 2, 3, 4]);
    poster.extend(&shown[..8]);
    let mut ppm = b"P6\n# two by two\n2 2\n255\n".to_vec();
    ppm.extend(&shown[..12]);
    let tga = |kind: u8, depth: u8, descriptor: u8, body: &[u8]| {
        let mut file = vec![
            0, 0, kind, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 2, 0, depth, descriptor,
        ];
        file.extend(body);
        file
    };
    let tgas = vec![
        tga(2, 24, 0x20, &shown[..12]),
        tga(2, 32, 0, &shown[..16]),
        tga(10, 24, 0x20, &[0x81, 1, 2, 3, 1, 4, 5, 6, 7, 8, 9]),
    ];
    let png = samples(Format::Png);
    let qoi = samples(Format::Qoi);
    let mixed = [png[0].clone(), qoi[0].clone(), b"neither".to_vec()];
    let mut all = vec![
        purpose("programs/jpeg", samples(Format::Jpeg)),
        purpose("programs/png", png).of("Deflate"),
        purpose("programs/qoi", qoi),
        purpose("programs/sniff", mixed.to_vec()),
        purpose("docs/tutorial/farbfeld", vec![farbfeld]).of("plain samples"),
        purpose("docs/tutorial/poster", vec![poster]).of("plain samples"),
        purpose("frontend/tests/programs/ppm", vec![ppm]).of("plain samples"),
        purpose("frontend/tests/programs/tga", tgas),
        purpose("units/parsing/tests/grammars/inflate.syn", streams()).of("Deflate"),
    ];
    // Programs that are here for this: one purpose each, said in their first lines. Their input stands beside them.
    let folder = root().join(OWN);
    let mut own: Vec<String> = std::fs::read_dir(&folder)
        .map(|entries| {
            let names = entries.flatten().map(|e| e.file_name());
            names.map(|n| n.to_string_lossy().into_owned()).collect()
        })
        .unwrap_or_default();
    own.sort();
    for name in own {
        let input = std::fs::read(folder.join(&name).join("input")).expect("an input");
        all.push(purpose(&format!("{OWN}/{name}"), vec![input]));
    }
    all
}

/// The instructions that a run executed.
fn executed(purpose: &Purpose, input: &[u8], config: &Config) -> BTreeSet<String> {
    let program = &purpose.program;
    let mut machine = Machine::new(config, Arc::clone(program), input.into(), Clock::Off)
        .unwrap_or_else(|e| panic!("{}: {e}", purpose.name));
    let outcome = machine.run(None);
    if purpose.path.starts_with(OWN) {
        // These check what they compute themselves.
        let report = machine.report(&outcome);
        assert_eq!(
            report.verdict,
            Verdict::Complete,
            "{}: {}",
            purpose.name,
            report.headline
        );
    }
    let counted = |p: usize| {
        let lines = outcome.processes[p].profile.iter().enumerate();
        lines.filter(|(_, line)| line.count > 0).map(|(at, _)| at)
    };
    let mut out = BTreeSet::new();
    for at in counted(process::PARSING) {
        let Some(row) = program.parsing.rows.get(at).and_then(Row::decode) else {
            continue;
        };
        let state = program.parsing.states.get(usize::from(row.check));
        if let Some(state) = state.and_then(|s| StateWord::decode(*s)) {
            out.insert(format!("port {}", state.port.mnemonic()));
            if state.port == Port::Cond
                && let Some(cond) = Cond::from_code(state.width)
            {
                out.insert(format!("condition {}", cond.mnemonic()));
            }
        }
        out.insert(format!("capture {}", row.capture.mode.mnemonic()));
        match row.work {
            Work::Alu(op) => out.insert(format!("row {}", op.mnemonic())),
            Work::Sys(op) => out.insert(format!("row {}", op.mnemonic())),
        };
        out.insert(format!("staging {}", row.stage.mnemonic()));
        out.insert(format!("stack {}", row.stack.mnemonic()));
    }
    let mut named = |p: usize, unit: &str| {
        for at in counted(p) {
            if let Some(name) = machine.instruction_name(p, at as u32) {
                out.insert(format!("{unit} {name}"));
            }
        }
    };
    named(process::SEQUENCER, "action");
    named(process::CORE_SINK, "command");
    named(process::CORE, "core");
    let words: Vec<Option<Instr>> = program
        .kernel
        .words
        .iter()
        .map(|w| Instr::decode(*w))
        .collect();
    let kernel = machine.units().kernel.executed();
    let scan = machine.units().scan.executed();
    for (at, instr) in words.iter().enumerate() {
        if let Some(instr) = instr
            && kernel[at] + scan[at] > 0
        {
            out.insert(format!("kernel {}", instr.op.row().mnemonic));
        }
    }
    let parsing = machine.units().parsing.state();
    let verbs = EscapeVerb::ALL.iter().filter(|v| parsing.escaped(**v));
    out.extend(verbs.map(|v| format!("escape {}", v.mnemonic())));
    out
}

/// All instructions of all tables.
fn all() -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    let mut add = |unit: &str, names: Vec<&str>| {
        all.extend(names.into_iter().map(|n| format!("{unit} {n}")));
    };
    add("port", Port::ALL.iter().map(|o| o.mnemonic()).collect());
    add(
        "condition",
        Cond::ALL.iter().map(|o| o.mnemonic()).collect(),
    );
    add(
        "capture",
        CaptureMode::ALL.iter().map(|o| o.mnemonic()).collect(),
    );
    add("row", AluOp::ALL.iter().map(|o| o.mnemonic()).collect());
    add("row", SysOp::ALL.iter().map(|o| o.mnemonic()).collect());
    add(
        "staging",
        StageOp::ALL.iter().map(|o| o.mnemonic()).collect(),
    );
    add(
        "escape",
        EscapeVerb::ALL.iter().map(|o| o.mnemonic()).collect(),
    );
    add("stack", StackOp::ALL.iter().map(|o| o.mnemonic()).collect());
    add(
        "action",
        Action::ALL.iter().map(|a| a.row().mnemonic).collect(),
    );
    add(
        "command",
        Command::ALL.iter().map(|c| c.row().mnemonic).collect(),
    );
    add(
        "core",
        orrery_arithmetic::TABLE
            .iter()
            .map(|r| r.mnemonic)
            .collect(),
    );
    add("kernel", ROWS.iter().map(|r| r.mnemonic).collect());
    all
}

#[test]
fn every_instruction_has_two_uses() {
    let config = small();
    let mut uses: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for purpose in purposes() {
        for input in &purpose.inputs {
            for name in executed(&purpose, input, &config) {
                uses.entry(name).or_default().insert(purpose.name.clone());
            }
        }
    }
    let none = BTreeSet::new();
    let few: Vec<String> = all()
        .into_iter()
        .map(|name| {
            let by = uses.get(&name).unwrap_or(&none);
            (by.len(), format!("{name}: {by:?}"))
        })
        .filter(|(n, _)| *n < 2)
        .map(|(_, line)| line)
        .collect();
    assert!(
        few.is_empty(),
        "used by fewer than two programs:\n{}",
        few.join("\n")
    );
}
