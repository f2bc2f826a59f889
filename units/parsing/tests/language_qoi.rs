//! The shipped QOI grammar: compiles without warnings, and sends the right actions.

mod executor;

use std::collections::HashMap;

use executor::{Ended, Executor, Sent};
use orrery_output::isa::Action;
use orrery_parsing::language::{Compiled, Environment, compile, render};

const GRAMMAR: &str = include_str!("../../../programs/qoi/qoi.syn");
const LABELS: [&str; 6] = ["setup", "rgb", "rgba", "index", "delta", "emit"];

fn qoi() -> Compiled {
    let labels = LABELS
        .iter()
        .enumerate()
        .map(|(i, l)| ((*l).to_owned(), 10 * (i as u16 + 1)));
    let env = Environment {
        labels: labels.collect::<HashMap<_, _>>(),
        ..Environment::default()
    };
    compile("qoi.syn", GRAMMAR, &env).unwrap_or_else(|errors| {
        let text: String = errors.iter().map(|e| render(e, GRAMMAR)).collect();
        panic!("{text}")
    })
}

fn send(action: Action, target: u16, operands: &[u32]) -> Sent {
    Sent {
        op: action as u16 as u8,
        target,
        operands: operands.to_vec(),
        identity: 0,
    }
}

/// A header for a picture of `width` x `height` with three channels.
fn file(width: u32, height: u32, ops: &[u8]) -> Vec<u8> {
    let mut file = b"qoif".to_vec();
    file.extend(width.to_be_bytes());
    file.extend(height.to_be_bytes());
    file.extend([3, 0]);
    file.extend(ops);
    file.extend([0, 0, 0, 0, 0, 0, 0, 1]);
    file
}

fn run(input: &[u8]) -> (Ended, Vec<Sent>) {
    let compiled = qoi();
    let mut executor = Executor::new(&compiled.image, input);
    let ended = executor.run();
    (ended, executor.sent)
}

#[test]
fn it_compiles_without_warnings() {
    let compiled = qoi();
    assert!(compiled.warnings.is_empty(), "{:?}", compiled.warnings);
    let states = compiled.image.states.len();
    assert_eq!(
        (compiled.listing.len(), states),
        (92, 69),
        "rows and states"
    );
    assert!(
        compiled.image.rows.len() <= 350,
        "addresses: {}",
        compiled.image.rows.len()
    );
}

#[test]
fn every_tag_becomes_its_action() {
    let ops = [
        0xC1, // run of 2 at the start
        0xFE,
        1,
        2,
        3, // rgb
        0xFF,
        4,
        5,
        6,
        7,             // rgba
        0x2A,          // index 42
        0b01_00_01_11, // delta -2 -1 1
        0b10_100001,
        0x9A, // delta 1: 9 - 8 + 1, 1, 10 - 8 + 1
        0xC5, // run of 6, of which 4 fit
    ];
    let (ended, sent) = run(&file(11, 1, &ops));
    assert_eq!(ended, Ended::Accepted(0));
    let minus = |n: u32| n.wrapping_neg();
    let mut expected = vec![
        send(Action::Texture, 1, &[11, 1, 0x41]),
        Sent {
            identity: 1,
            ..send(Action::Open, 0, &[1])
        },
        send(Action::Bind, 1, &[]),
        send(Action::Activate, 10, &[0xFF00]),
        send(Action::Activate, 60, &[]),
        send(Action::SinkCopy, 0, &[1, 1]),
        send(Action::Activate, 20, &[1, 2, 3]),
        send(Action::Activate, 30, &[4, 5, 6, 7]),
        send(Action::Activate, 40, &[42]),
        send(Action::Activate, 50, &[minus(2), minus(1), 1]),
        send(Action::Activate, 50, &[2, 1, 3]),
        send(Action::SinkCopy, 0, &[1, 4]),
        send(Action::SinkClose, 0, &[]),
    ];
    expected.push(Sent {
        identity: 1,
        ..send(Action::SinkFrame, 0, &[1])
    });
    assert_eq!(sent, expected);
}

#[test]
fn broken_files_say_why() {
    let whole = file(2, 2, &[0xFE, 1, 2, 3, 0xC2]);
    let end = |input: &[u8]| run(input).0;
    assert_eq!(end(&whole), Ended::Accepted(0));
    let failed = |text: &str| Ended::Failed(text.to_owned());
    assert_eq!(
        end(&whole[..20]),
        failed("the end marker is missing or wrong")
    );
    assert_eq!(
        end(&whole[..17]),
        failed("the file ends before the last pixel")
    );
    assert_eq!(end(&file(0, 1, &[])), failed("the width is zero"));
    assert_eq!(
        end(&file(1, 16385, &[])),
        failed("the height exceeds 16384")
    );
    let mut channels = whole.clone();
    channels[12] = 5;
    assert_eq!(
        end(&channels),
        failed("the channel count is neither 3 nor 4")
    );
    let mut magic = whole;
    magic[0] = b'Q';
    assert_eq!(end(&magic), failed("no alternative"));
}

#[test]
fn a_pixel_costs_what_the_listing_says() {
    let rows = |ops: &[u8]| {
        let compiled = qoi();
        let input = file(2, 1, ops);
        let mut executor = Executor::new(&compiled.image, &input);
        executor.run();
        executor.rows
    };
    let index = rows(&[0x00, 0x00]);
    assert_eq!(
        rows(&[0xFE, 1, 2, 3, 0x00]) - index,
        3,
        "an rgb pixel takes 5 rows, an index 2"
    );
    assert_eq!(rows(&[0x55, 0x00]) - index, 4, "a small difference takes 6");
    assert_eq!(rows(&[0x80, 0x00, 0x00]) - index, 5, "a large one takes 7");
}
