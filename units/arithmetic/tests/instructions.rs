//! Every instruction does what the table says.

mod common;

use common::{run, trap_of};

/// Output words of `program` started with operand words.
fn words(program: &str, operands: &[u16]) -> Vec<u16> {
    let (bench, outcome) = run(program, operands);
    assert_eq!(trap_of(&outcome), None, "{program}");
    bench.words()
}

#[test]
fn moves_sums_and_differences() {
    let program = "main: r0: IN r1: IN OUT: r0 OUT: r0 r1 OUT:- r0 r1 OUT:- r1 OUT:+1 r0 r1 HALT";
    assert_eq!(words(program, &[7, 9]), [7, 16, 0xFFFE, 0xFFF7, 17]);
}
