//! Every instruction does what the table says.

mod common;

use common::{Bench, activation, answer, fast_load, image, run, run_exact, trap_of, waits_for};
use orrery_arithmetic::{Image, Instruction, Name, Op};
use orrery_shared::protocol::{core_in, core_out};
use orrery_shared::{End, Entry, TrapCode, WaitCause};

/// Output words of `program` started with operand words.
fn words(program: &str, operands: &[u16]) -> Vec<u16> {
    let (bench, outcome) = run(program, operands);
    assert_eq!(trap_of(&outcome), None, "{program}");
    bench.words()
}

fn trap_code(program: &str, operands: &[u16]) -> (TrapCode, u32) {
    let (_, outcome) = run(program, operands);
    let (code, pc, _) = trap_of(&outcome).unwrap_or_else(|| panic!("no trap: {program}"));
    (code, pc)
}

#[test]
fn sums_and_differences() {
    let program = "main: r0: IN r1: IN OUT: r0 OUT: r0 r1 OUT:- r0 r1 OUT:- r1 OUT:+1 r0 r1 HALT";
    assert_eq!(words(program, &[7, 9]), [7, 16, 0xFFFE, 0xFFF7, 17]);
}

#[test]
fn logic() {
    let program = "main: r0: IN r1: IN OUT:& r0 r1 OUT:| r0 r1 OUT:^ r0 r1 OUT:& r1 OUT:| r1 HALT";
    assert_eq!(words(program, &[12, 10]), [8, 14, 6, 0, 10]);
}

#[test]
fn a_word_read_twice_is_taken_once() {
    assert_eq!(words("main: OUT: IN IN OUT: IN HALT", &[21, 5]), [42, 5]);
}

#[test]
fn clearing_and_incrementing() {
    assert_eq!(
        words("main: r0: IN r0:++ OUT: r0 r0: OUT: r0 OUT: HALT", &[8]),
        [9, 0, 0]
    );
}

#[test]
fn constants_of_both_sizes_are_sticky() {
    let program = "main: CONST 63 OUT: LIT OUT: LIT CONST -2 OUT: LIT CONST 0x1000 OUT: LIT \
                   CONSTW 5 OUT: LIT HALT";
    assert_eq!(words(program, &[]), [63, 63, 0xFFFE, 0x1000, 5]);
}

#[test]
fn the_program_counter_reads_as_the_next_address() {
    // Address 0 is the first OUT.
    assert_eq!(
        words("main: OUT: PC OUT:+1 PC OUT: r0 PC HALT", &[]),
        [1, 3, 3]
    );
}

#[test]
fn shifts_are_one_shot_and_per_source() {
    let program = "main: r0: IN r1: IN SHIFT 1,-2 OUT:| r0 r1 OUT: r0 \
                   ASHIFT 0,-4 OUT: r1 SHIFT 0,-4 OUT: r1 SHIFT 0,15 OUT: r0 SHIFT -15,0 OUT: r1 r0 HALT";
    let (a, b) = (3u16, 0xFF00u16);
    assert_eq!(
        words(program, &[a, b]),
        [a << 1 | b >> 2, a, 0xFFF0, 0x0FF0, 0x8000, 1 + a]
    );
}

#[test]
fn two_prefixes_combine_by_source() {
    let program = "main: r0: IN SHIFT 4,0 ASHIFT 0,-4 OUT: r0 r0 HALT";
    assert_eq!(words(program, &[0x8010]), [0x0100u16.wrapping_add(0xF801)]);
}

#[test]
fn an_instruction_without_shifter_uses_a_shift_up() {
    for between in [
        "CONST 0",
        "r9:++",
        "BANK 1",
        "REF r9",
        "CONST next J LIT next:",
        "LOADH r9",
    ] {
        let program = format!("main: r0: IN SHIFT 0,1 {between} OUT: r0 HALT");
        assert_eq!(words(&program, &[3]), [3], "{between}");
    }
}

/// For each condition, whether `IFcond` lets an instruction through after `set`.
fn conditions(set: &str, operands: &[u16]) -> Vec<&'static str> {
    const ALL: [&str; 14] = [
        "Z", "NZ", "N", "NN", "C", "NC", "V", "NV", "LT", "GE", "LE", "GT", "LS", "HI",
    ];
    let tests: String = ALL
        .iter()
        .map(|c| format!("IF{c} r5:++ OUT: r5 r5: "))
        .collect();
    let program = format!("main: r0: IN r1: IN r5: {set} {tests} HALT");
    let through = words(&program, operands);
    let pairs = ALL.into_iter().zip(through);
    pairs.filter(|(_, n)| *n != 0).map(|(c, _)| c).collect()
}

#[test]
fn comparisons() {
    let cmp = |a: u16, b: u16| conditions("CMP r0 r1", &[a, b]);
    assert_eq!(cmp(5, 5), ["Z", "NN", "NC", "NV", "GE", "LE", "LS"]);
    assert_eq!(cmp(5, 6), ["NZ", "N", "C", "NV", "LT", "LE", "LS"]);
    assert_eq!(cmp(6, 5), ["NZ", "NN", "NC", "NV", "GE", "GT", "HI"]);
    assert_eq!(cmp(0x8000, 1), ["NZ", "NN", "NC", "V", "LT", "LE", "HI"]);
    assert_eq!(cmp(1, 0x8000), ["NZ", "N", "C", "V", "GE", "GT", "LS"]);
}

#[test]
fn a_comparison_with_zero_is_of_the_source() {
    let cmp = |a: u16| conditions("CMP r0", &[a, 0]);
    assert_eq!(cmp(0), ["Z", "NN", "NC", "NV", "GE", "LE", "LS"]);
    assert_eq!(cmp(0xFFFF), ["NZ", "N", "NC", "NV", "LT", "LE", "HI"]);
    assert_eq!(cmp(7), ["NZ", "NN", "NC", "NV", "GE", "GT", "HI"]);
}

#[test]
fn flags_come_from_flag_forms_only() {
    let kept = "CMP r0 r1 r2: r1 r2:- r1 r0 r2:& r0 r1 r2:+1 r0 r1 r2:++ SHIFT 1,1 r2:^ r0 r1";
    assert_eq!(conditions(kept, &[5, 5]), conditions("CMP r0 r1", &[5, 5]));
    assert_eq!(conditions("r2:f r0 r1", &[0x8000, 0x8000])[..1], ["Z"]);
    assert!(conditions("r2:f r0 r1", &[0x8000, 0x8000]).contains(&"C"));
    assert!(conditions("r2:f r0 r1", &[0x7FFF, 1]).contains(&"V"));
    assert!(conditions(":&f r0 r1", &[8, 7]).contains(&"Z"));
    assert!(conditions("r2:|f r0 r1", &[0x8000, 7]).contains(&"N"));
    assert!(conditions("r2:^f r0 r1", &[9, 9]).contains(&"Z"));
}

#[test]
fn carries_make_long_numbers() {
    let program = "main: r0: IN r1: IN r2: IN r3: IN \
                   OUT:f r0 r2 OUT:+c r1 r3 OUT:-f r0 r2 OUT:-c r1 r3 HALT";
    let (a, b) = (0x1234_8001u32, 0x0101_8002u32);
    let (sum, difference) = (a + b, a - b);
    let halves = |n: u32| [n as u16, (n >> 16) as u16];
    let operands = [halves(a), halves(b)].concat();
    assert_eq!(
        words(program, &operands),
        [halves(sum), halves(difference)].concat()
    );
}

#[test]
fn a_chain_of_carries_keeps_zero_clear() {
    let long_compare = ":-f r0 r1 :-c r2 r2";
    assert!(conditions(long_compare, &[4, 4]).contains(&"Z"));
    assert!(conditions(long_compare, &[5, 4]).contains(&"NZ"));
    assert!(conditions(long_compare, &[4, 5]).contains(&"C"));
}

#[test]
fn a_skip_covers_prefixes_and_long_constants() {
    let program = "main: CMP r0 IFNZ SHIFT 0,3 r1: IN OUT: IN IFNZ CONST -1 OUT: LIT \
                   IFNZ IFZ OUT: IN IFZ IFZ OUT: IN HALT";
    assert_eq!(words(program, &[6, 7]), [6, 0, 7]);
}

#[test]
fn loops_and_jumps() {
    let program = "main: r0: IN CONST 1 r9: LIT CONST .loop r8: LIT \
                   .loop: OUT: r0 r0:-f r0 r9 IFNZ J r8 J tail OUT: r9 \
                   tail: HALT";
    assert_eq!(words(program, &[3]), [3, 2, 1]);
}

#[test]
fn data_memory() {
    let program = "main: BANK 3 CONST 100 ADDR: LIT RAM: IN ADDR:++ RAM: IN r1: ADDR \
                   ADDR: LIT OUT: RAM REF r1 OUT: RAM OUT: RAM OUT: RAM RAM \
                   REF r1 RAM:+1 RAM REF r1 OUT: RAM r2: BANK r2 CONST 5 r2: LIT BANK r2 OUT: r2 \
                   OUT: RAM HALT";
    assert_eq!(words(program, &[40, 50]), [40, 50, 40, 80, 51, 5, 0]);
}

#[test]
fn initial_data_are_there() {
    let program = "N = 2 DATA 2,0x10 7 -1 N here main: BANK N CONST 0x10 ADDR: LIT OUT: RAM \
                   ADDR:++ OUT: RAM ADDR:++ OUT: RAM here: ADDR:++ OUT: RAM HALT";
    assert_eq!(words(program, &[]), [7, 0xFFFF, 2, 8]);
}

#[test]
fn flags_go_to_the_reader() {
    let (bench, outcome) = run("main: r0: IN FLAG r0 r0:++ FLAG r0 HALT", &[9]);
    assert_eq!(outcome.end, End::Complete);
    assert_eq!(bench.flags, [9, 10]);
}

#[test]
fn requests_are_answered_in_order() {
    let program = "main: r0: IN r1: IN r2: IN REQ r0 r1 REQH r2 REQ r0 r1 REQ r0 r1 \
                   LOAD r3 OUT: r3 LOADH r3 OUT: r3 LOAD r3 OUT: r3 LOADH r3 OUT: r3 \
                   LOAD r3 OUT: r3 HALT";
    let (bench, outcome) = run(program, &[7, 0x9000, 2]);
    assert_eq!(trap_of(&outcome), None);
    let (low, high) = (answer(7, 0x9000), answer(7, 0x2_9000));
    let expected = [low, low >> 16, high, high >> 16, low].map(|n| n as u16);
    assert_eq!(bench.words(), expected);
    let requests: Vec<_> = bench
        .collected
        .iter()
        .filter(|e| e.op == core_out::REQUEST)
        .map(|e| (e.imm, e.a[0]))
        .collect();
    assert_eq!(requests, [(7, 0x9000), (7, 0x2_9000), (7, 0x9000)]);
}

#[test]
fn state_persists_between_activations() {
    let (image, label) =
        image("one: r0: IN BANK 2 CONST 9 RAM: r0 HALT two: OUT: r0 OUT: LIT OUT: RAM HALT");
    let feed = [
        activation(label("one"), &[4]),
        activation(label("two"), &[]),
    ]
    .concat();
    let mut bench = Bench::new(fast_load(), &image, feed, 1);
    let outcome = run_exact(&mut bench, 2);
    assert_eq!(outcome.end, End::Complete);
    assert_eq!(bench.words(), [4, 9, 4]);
    assert!(bench.core.at_home());
    assert_eq!(bench.core.state().register(Name::LIT), 9);
    assert_eq!(bench.core.state().memory().word(2, 0), Some(4));
}

#[test]
fn halts_and_sink_commands_keep_their_order() {
    let (image, label) = image("main: OUT: IN HALT");
    let command = |n: u16| Entry::with(core_in::SINK + n, n, &[1, 2, 3, 4]);
    let mut feed = vec![command(1)];
    feed.extend(activation(label("main"), &[5]));
    feed.extend([command(2), command(3)]);
    feed.extend(activation(label("main"), &[6]));
    let mut bench = Bench::new(fast_load(), &image, feed, 1);
    assert_eq!(run_exact(&mut bench, 1).end, End::Complete);
    let word = |w: u32| Entry::with(core_out::WORD, 0, &[w]);
    let end = Entry::new(core_out::END, 0);
    let expected = [
        command(1),
        word(5),
        end,
        command(2),
        command(3),
        word(6),
        end,
    ];
    assert_eq!(bench.collected, expected);
}

#[test]
fn undefined_words_trap() {
    let (code, pc) = trap_code("main: OUT: WORD 0", &[]);
    assert_eq!((code, pc), (TrapCode::UndefinedWord, 1));
    // Even where they would be skipped: their length is not known.
    assert_eq!(
        trap_code("main: IFNZ IFZ WORD 0xF000", &[]).0,
        TrapCode::UndefinedWord
    );
}

#[test]
fn running_out_of_the_code_traps() {
    assert_eq!(trap_code("main: OUT:", &[]), (TrapCode::Bounds, 1));
    assert_eq!(
        trap_code("main: CONST 77 J LIT", &[]),
        (TrapCode::Bounds, 77)
    );
}

#[test]
fn data_traps() {
    assert_eq!(trap_code("main: OUT: RAM HALT", &[]), (TrapCode::Bounds, 0));
    assert_eq!(trap_code("main: RAM: r0 HALT", &[]), (TrapCode::Bounds, 0));
    assert_eq!(trap_code("main: BANK 33 HALT", &[]), (TrapCode::Bounds, 0));
    assert_eq!(
        trap_code("main: r0: IN BANK r0", &[0xFFFF]),
        (TrapCode::Bounds, 1)
    );
}

#[test]
fn operand_words_must_fit_the_routine() {
    let (image, label) = image("two: OUT: IN OUT: IN HALT");
    let two = |n: usize| activation(label("two"), &[1, 2, 3][..n]);
    for feed in [
        [two(3), two(2)].concat(),
        [two(1), two(2)].concat(),
        [two(1), vec![Entry::new(core_in::SINK, 0)]].concat(),
        vec![Entry::new(core_in::WORD, 0)],
        vec![Entry::new(9, 0)],
    ] {
        let mut bench = Bench::new(fast_load(), &image, feed, 1);
        let outcome = run_exact(&mut bench, 16);
        let code = trap_of(&outcome).map(|(code, ..)| code);
        assert_eq!(code, Some(TrapCode::BadOperand));
    }
    // Too few words and nothing after them: the core waits for ever.
    let mut bench = Bench::new(fast_load(), &image, two(1), 1);
    let outcome = run_exact(&mut bench, 16);
    assert!(matches!(outcome.end, End::Deadlock { .. }));
    assert_eq!(
        waits_for(&outcome).map(|u| (u.cause, u.home)),
        Some((WaitCause::Input, false))
    );
}

#[test]
fn reply_slots_are_limited() {
    let asks = "REQ r0 r1 ".repeat(5);
    assert_eq!(
        trap_code(&format!("main: {asks} HALT"), &[]),
        (TrapCode::ReplySlots, 4)
    );
    assert_eq!(
        trap_code("main: LOAD r0 HALT", &[]),
        (TrapCode::BadOperand, 0)
    );
}

#[test]
fn trapping_instructions_have_no_effect() {
    let program = "main: BANK 1 r0: IN r1: IN BANK 0 REF r1 RAM: r0 HALT";
    let (bench, outcome) = run(program, &[1, 2]);
    assert_eq!(
        trap_of(&outcome).map(|(code, pc, _)| (code, pc)),
        Some((TrapCode::Bounds, 5))
    );
    assert_eq!(bench.core.pc(), 5);
    assert_eq!(bench.core.state().memory().touched().count(), 0);
}

#[test]
fn a_full_code_memory_wraps() {
    // Address 0 holds HALT; the program starts at the last word.
    let halt = Instruction::new(Op::Halt, &[]).encode().map(|(w, _)| w);
    let nop = Instruction::new(Op::Shift, &[0, 0])
        .encode()
        .map(|(w, _)| w);
    let mut words = vec![nop.unwrap_or(0); 1 << 16];
    words[0] = halt.unwrap_or(0);
    let image = Image {
        words,
        data: Vec::new(),
    };
    let mut bench = Bench::new(fast_load(), &image, activation(0xFFFF, &[]), 1);
    assert_eq!(run_exact(&mut bench, 1).end, End::Complete);
}
