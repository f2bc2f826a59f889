//! Every diagnostic, word for word.

use std::collections::HashMap;

use orrery_parsing::language::diagnose::Code;
use orrery_parsing::language::{Environment, compile, explain, links, render};

fn messages(grammar: &str) -> String {
    let env = Environment {
        labels: HashMap::from([("emit".to_owned(), 1), ("setup".to_owned(), 2)]),
        constants: HashMap::from([("list.VIEW".to_owned(), 7)]),
    };
    let diagnostics = match compile("t.syn", grammar, &env) {
        Ok(compiled) => compiled.warnings,
        Err(diagnostics) => diagnostics,
    };
    diagnostics.iter().map(|d| render(d, grammar)).collect()
}

/// Grammar, and all that is said about it.
const CASES: &[(&str, &str)] = &[
    (
        "main: 1 ? 2",
        r#"error[G001] t.syn:1:9: this character has no meaning in a grammar
  | main: 1 ? 2
  |         ^
  = text of the input stands in quotation marks
"#,
    ),
    (
        "main: 0x1FFFFFFFF",
        r#"error[G001] t.syn:1:7: this number needs more than 32 bits
  | main: 0x1FFFFFFFF
  |       ^^^^^^^^^^^
  = the largest number is 0xFFFFFFFF
"#,
    ),
    (
        "param a = 1\nparam a = 2\nparam b = 3\nmain: x@. (x == a $ | $)",
        r#"error[G004] t.syn:2:7: `a` is a parameter twice
  | param a = 2
  |       ^
warning[G103] t.syn:3:7: nothing reads `b`
  | param b = 3
  |       ^
  = `-` in front of a symbol says that its value is not wanted
"#,
    ),
    (
        "main: 12ab",
        r#"error[G001] t.syn:1:7: this is neither a number nor a name
  | main: 12ab
  |       ^^^^
  = numbers are decimal, `0x` hexadecimal or `0b` binary; tags are `01x` or `01_`
"#,
    ),
    (
        "main: 010",
        r#"error[G001] t.syn:1:7: a decimal number must not begin with zeros
  | main: 010
  |       ^^^
  = bits are written `0b01`, a tag `01x` or `01_`
"#,
    ),
    (
        "main: 0101010101010x",
        r#"error[G001] t.syn:1:7: a tag has at most 12 leading bits
  | main: 0101010101010x
  |       ^^^^^^^^^^^^^^
  = match the first bits, then the others
"#,
    ),
    (
        "main: \"abc",
        r#"error[G001] t.syn:1:7: this text is not closed on its line
  | main: "abc
  |       ^^^^
  = a text ends with `"`; a line end inside it is written `\n`
"#,
    ),
    (
        "main: \"\\q\"",
        r#"error[G001] t.syn:1:7: this text has an unknown escape
  | main: "\q"
  |       ^^^^
  = known are \n \r \t \0 \\ \" and \x with two hexadecimal digits
"#,
    ),
    (
        "main: 1 (- 2",
        r#"error[G001] t.syn:1:9: this comment is not closed
  | main: 1 (- 2
  |         ^^^^
  = `(-` begins a comment that ends with `-)`; write `( -p )` to match without capture
"#,
    ),
    (
        "main: x@ | 2",
        r#"error[G002] t.syn:1:10: expected `code`, `flag`, a name or something to match, found `|`
  | main: x@ | 2
  |          ^
"#,
    ),
    (
        "main: { tex <- }",
        r#"error[G002] t.syn:1:16: expected a name, found `}`
  | main: { tex <- }
  |                ^
"#,
    ),
    (
        "main: area(1) foo(0|1)\narea(a): . x = a (x == 1 $ | $)",
        r#"error[G002] t.syn:1:20: expected `)`, `,` or an operator, found `|`
  | main: area(1) foo(0|1)
  |                    ^
"#,
    ),
    (
        "12 main: 1",
        r#"error[G002] t.syn:1:1: expected the beginning of a rule, found `12`
  | 12 main: 1
  | ^^
  = a rule begins with its name and a colon: `main:`
"#,
    ),
    (
        "main: (((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((1)))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))",
        r#"error[G003] t.syn:1:207: brackets are nested too deep here
  | main: (((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((1)))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))
  |                                                                                                                                                                                                               ^
  = give the inner part a name of its own
"#,
    ),
    (
        "main: x@. y = x (y == 1 x | $)\nx: 1",
        r#"error[G004] t.syn:1:7: `x` is a rule and a capture
  | main: x@. y = x (y == 1 x | $)
  |       ^
  = rules, captures, constants, data and streams share their names
"#,
    ),
    (
        "const a = 1\nconst a = 2\nmain: a",
        r#"error[G004] t.syn:2:7: `a` is declared twice
  | const a = 2
  |       ^
  = rules, captures, constants, data and streams share their names
"#,
    ),
    (
        "main: f(1)\nf(a, a): (a == 1 $ | $)",
        r#"error[G009] t.syn:1:7: `f` takes 2 arguments, 1 are given
  | main: f(1)
  |       ^
error[G004] t.syn:2:6: `a` is a parameter twice
  | f(a, a): (a == 1 $ | $)
  |      ^
"#,
    ),
    (
        "main: pixl\npixel: 1",
        r#"error[G005] t.syn:1:7: `pixl` is not known
  | main: pixl
  |       ^^^^
  = did you mean `pixel`?
"#,
    ),
    (
        "main: x@. (y == x $ | $)",
        r#"error[G005] t.syn:1:12: `y` is not known
  | main: x@. (y == x $ | $)
  |            ^
  = did you mean `x`?
"#,
    ),
    (
        "main: { core.emit } (list.VEIW == 1 $ | $)",
        r#"error[G005] t.syn:1:22: `list.VEIW` is not known
  | main: { core.emit } (list.VEIW == 1 $ | $)
  |                      ^^^^^^^^^
  = did you mean `list.VIEW`?
"#,
    ),
    (
        "main: x@. x\n",
        r#"error[G006] t.syn:1:11: `x` is a capture, but a rule is needed here
  | main: x@. x
  |           ^
"#,
    ),
    (
        "main: frame 4 ( . ) x = frame",
        r#"error[G002] t.syn:1:25: expected `check`, `prefix` or a value, found `frame`
  | main: frame 4 ( . ) x = frame
  |                         ^^^^^
"#,
    ),
    (
        "main: a = b b: 1",
        r#"error[G006] t.syn:1:11: `b` is a rule, but a capture or a constant is needed here
  | main: a = b b: 1
  |           ^
"#,
    ),
    (
        "main: skip@.",
        r#"error[G007] t.syn:1:7: `skip` is a word of the language
  | main: skip@.
  |       ^^^^
  = choose another name
"#,
    ),
    (
        "local: 1\nmain: 1",
        r#"error[G007] t.syn:1:1: `local` is a word of the language
  | local: 1
  | ^^^^^
  = choose another name
"#,
    ),
    (
        "a: 1",
        r#"error[G008] t.syn:1:1: this grammar has no rule `main`
  | a: 1
  | ^
  = a process starts with `main:`
"#,
    ),
    (
        "main(x): . (x == 1 $ | $)",
        r#"error[G008] t.syn:1:6: `main` cannot have parameters
  | main(x): . (x == 1 $ | $)
  |      ^
  = nobody could give it arguments
"#,
    ),
    (
        "main: f(1)\nf(a, b): (a == b $ | $)",
        r#"error[G009] t.syn:1:7: `f` takes 2 arguments, 1 are given
  | main: f(1)
  |       ^
"#,
    ),
    (
        "main: { s <- ram 8 }",
        r#"error[G009] t.syn:1:9: `ram` takes 2 operands, 1 are given
  | main: { s <- ram 8 }
  |         ^^^^^^^^^^
  = creates a stream in stream RAM: bytes, kind
"#,
    ),
    (
        "main: { s <- ram 8 u8 \n close s 1 }",
        r#"error[G009] t.syn:2:2: `close` takes 0 operands, 1 are given
  |  close s 1 }
  |  ^^^^^^^^^
  = ends the stream: a partial element traps, remaining whole rows are handed over
"#,
    ),
    (
        "data x: u8[1] = 1 2\nmain: check 0 = sums(1)",
        r#"error[G009] t.syn:1:6: `x` has 1 elements, but 2 are given
  | data x: u8[1] = 1 2
  |      ^
"#,
    ),
    (
        "const a = b\nconst b = a\nmain: a",
        r#"error[G010] t.syn:1:11: this constant has no value
  | const a = b
  |           ^
  = somewhere a constant is defined by itself
error[G010] t.syn:2:11: this constant has no value
  | const b = a
  |           ^
  = somewhere a constant is defined by itself
"#,
    ),
    (
        "main: x@. y = load8((x + 1)) (y == 0 $ | $)",
        r#"error[G010] t.syn:1:22: `x` is not known when the grammar is compiled
  | main: x@. y = load8((x + 1)) (y == 0 $ | $)
  |                      ^
  = parentheses hold constant expressions; compute with `x = a + b`
"#,
    ),
    (
        "const a = $0\nmain: a",
        r#"error[G010] t.syn:1:11: `$0` has no value here
  | const a = $0
  |           ^^
  = `$0` counts in repeats and in the elements of data
"#,
    ),
    (
        "main: 256",
        r#"error[G011] t.syn:1:7: 256 does not fit into a symbol of 8 bits
  | main: 256
  |       ^^^
  = groups such as `16( ... )` change the width
"#,
    ),
    (
        "main: 9..3",
        r#"error[G011] t.syn:1:7: the range from 9 to 3 is empty
  | main: 9..3
  |       ^^^^
"#,
    ),
    (
        "data x: u8 = 256\nmain: x",
        r#"error[G011] t.syn:1:14: 256 does not fit into 8 bits
  | data x: u8 = 256
  |              ^^^
"#,
    ),
    (
        "main: mark 4",
        r#"error[G011] t.syn:1:12: 4 does not fit here; the most is 3
  | main: mark 4
  |            ^
"#,
    ),
    (
        "data e: u32 = entry(16, 0, 0)\nmain: (e == 0 $ | $)",
        r#"error[G010] t.syn:1:21: 16 does not fit into 4 bits
  | data e: u32 = entry(16, 0, 0)
  |                     ^^
  = an entry has a kind of 4 bits, a count of 6 and a value of 22
"#,
    ),
    (
        "main: 4(\"ab\")",
        r#"error[G012] t.syn:1:9: a text stands among symbols of 4 bits
  | main: 4("ab")
  |         ^^^^
  = write `8("...")`
"#,
    ),
    (
        "main: 16(5)",
        r#"error[G012] t.syn:1:10: symbols of 16 bits cannot be matched, only read
  | main: 16(5)
  |          ^
  = at most 12 bits are matched at once; capture the symbol and compare
"#,
    ),
    (
        "main: 33(.)",
        r#"error[G012] t.syn:1:7: there are no symbols of 33 bits
  | main: 33(.)
  |       ^^^^^
  = a symbol has 1 to 32 bits
"#,
    ),
    (
        "main: x@.[5] (x == 0 $ | $)",
        r#"error[G012] t.syn:1:7: an integer of 40 bits is too long
  | main: x@.[5] (x == 0 $ | $)
  |       ^^^^^^
  = integers have at most 32 bits
"#,
    ),
    (
        "main: n@. x@.[n] (x == 0 $ | $)",
        r#"error[G012] t.syn:1:11: only symbols of one bit can be read in a number that is not constant
  | main: n@. x@.[n] (x == 0 $ | $)
  |           ^^^^^^
  = write `1(name@.[n])`, n in bits
"#,
    ),
    (
        "main: 4(010101x)",
        r#"error[G012] t.syn:1:9: this tag has more bits than a symbol of 4
  | main: 4(010101x)
  |         ^^^^^^^
"#,
    ),
    (
        "main: (x = 1 | 2)",
        r#"error[G013] t.syn:1:16: this alternative is never reached
  | main: (x = 1 | 2)
  |                ^
  = the one before it does not begin with a symbol and takes everything
"#,
    ),
    (
        "main: (1 | x@.[2] | 3) (x == 0 $ | $)",
        r#"warning[G101] t.syn:1:21: this alternative is hidden by earlier ones
  | main: (1 | x@.[2] | 3) (x == 0 $ | $)
  |                     ^
  = every symbol that it begins with already means something else
"#,
    ),
    (
        "main: (x = 0 .)**",
        r#"error[G014] t.syn:1:7: it cannot be told where this repeat ends
  | main: (x = 0 .)**
  |       ^^^^^^^^^^^
  = what is repeated must begin with what it reads; or give a count
"#,
    ),
    (
        "main: ($)*",
        r#"error[G014] t.syn:1:7: it cannot be told where this repeat ends
  | main: ($)*
  |       ^^^^
  = what is repeated must begin with what it reads; or give a count
"#,
    ),
    (
        "main: a\na: b\nb: a",
        r#"error[G014] t.syn:2:1: `a` leads back to itself without doing anything
  | a: b
  | ^
error[G014] t.syn:3:1: `b` leads back to itself without doing anything
  | b: a
  | ^
"#,
    ),
    (
        "main: x@(1 2) (x == 0 $ | $)",
        r#"error[G015] t.syn:1:7: this has no value to capture
  | main: x@(1 2) (x == 0 $ | $)
  |       ^
  = capture a symbol, an integer `.[n]`, a prefix code, `flag` or `reply`
"#,
    ),
    (
        "main: x@.* (x == 0 $ | $)",
        r#"error[G015] t.syn:1:7: what is repeated has no single value to capture
  | main: x@.* (x == 0 $ | $)
  |       ^
  = `(name@p)*` captures in every turn
"#,
    ),
    (
        "main: x@~5 (x == 0 $ | $)",
        r#"error[G015] t.syn:1:7: `@~` and `@+` read integers, not single symbols
  | main: x@~5 (x == 0 $ | $)
  |       ^
  = write `name@~.[n]`, or `sext` the value
"#,
    ),
    ("main: x@0101010_ (x == 0 $ | $)", r#""#),
    (
        "main: . local x (x == 0 $ | $)",
        r#"error[G016] t.syn:1:9: `local` must stand at the beginning of a rule
  | main: . local x (x == 0 $ | $)
  |         ^^^^^^^
  = the value comes back when the rule ends
"#,
    ),
    (
        "main: x0@. x1@. x2@. x3@. x4@. x5@. x6@. x7@. x8@. x9@. x10@. x11@. x12@. x13@. x14@. x15@. x16@. x17@. x18@. x19@. x20@. x21@. x22@. x23@. x24@. x25@. x26@. x27@. x28@. x29@. x30@. x31@. x32@. x33@. x34@. x35@. x36@. x37@. x38@. x39@. x40@. x41@. x42@. x43@. x44@. x45@. x46@. x47@. x48@. x49@. x50@. x51@. x52@. x53@. x54@. x55@. x56@. x57@. x58@. x59@. x60@. x61@. x62@. (x0 == x1 $ | $)",
        r#"error[G017] t.syn:1:369: there are more than 62 captures
  | main: x0@. x1@. x2@. x3@. x4@. x5@. x6@. x7@. x8@. x9@. x10@. x11@. x12@. x13@. x14@. x15@. x16@. x17@. x18@. x19@. x20@. x21@. x22@. x23@. x24@. x25@. x26@. x27@. x28@. x29@. x30@. x31@. x32@. x33@. x34@. x35@. x36@. x37@. x38@. x39@. x40@. x41@. x42@. x43@. x44@. x45@. x46@. x47@. x48@. x49@. x50@. x51@. x52@. x53@. x54@. x55@. x56@. x57@. x58@. x59@. x60@. x61@. x62@. (x0 == x1 $ | $)
  |                                                                                                                                                                                                                                                                                                                                                                                 ^^^
  = captures are global: use names again
"#,
    ),
    (
        "main: { tex <- texure 1 1 rgba8 }",
        r#"error[G018] t.syn:1:16: `texure` is no kind of stream
  | main: { tex <- texure 1 1 rgba8 }
  |                ^^^^^^
  = a stream is a `texture`, a `region` or in `ram`
"#,
    ),
    (
        "main: { s <- ram 8 u8 \n apend s 1 }",
        r#"error[G018] t.syn:2:2: `apend` is no action
  |  apend s 1 }
  |  ^^^^^
  = did you mean `append`?
error[G006] t.syn:2:8: `s` is a stream, but a capture or a constant is needed here
  |  apend s 1 }
  |        ^
"#,
    ),
    (
        "main: { frame vido 1 }",
        r#"error[G018] t.syn:1:9: `frame` needs the name of an output
  | main: { frame vido 1 }
  |         ^^^^^
  = sends a complete frame to an external output
"#,
    ),
    (
        "main: { activate 5 }",
        r#"error[G018] t.syn:1:9: `activate` is written `core.label << operands`
  | main: { activate 5 }
  |         ^^^^^^^^
  = starts a core routine with operand words
"#,
    ),
    (
        "main: { alu.x << 1 }",
        r#"error[G018] t.syn:1:9: nothing can be sent to `alu.x`
  | main: { alu.x << 1 }
  |         ^^^^^
  = `core.label` starts a routine of the linked core program
"#,
    ),
    (
        "main: { close 5 }",
        r#"error[G018] t.syn:1:15: this action needs the name of a stream
  | main: { close 5 }
  |               ^
"#,
    ),
    (
        "main: { core.emt }",
        r#"error[G019] t.syn:1:9: the core program has no label `emt`
  | main: { core.emt }
  |         ^^^^^^^^
  = did you mean `emit`?
"#,
    ),
    (
        "main: guard (1) catch EOF -> ($)",
        r#"error[G020] t.syn:1:23: `EOF` is no control symbol
  | main: guard (1) catch EOF -> ($)
  |                       ^^^
  = they are END, FRAME, MARKER, SEGMENT and FAULT
"#,
    ),
    (
        "main: raise x",
        r#"error[G020] t.syn:1:13: `x` is no control symbol
  | main: raise x
  |             ^
  = they are END, FRAME, MARKER, SEGMENT and FAULT
"#,
    ),
    (
        "main: x@. x -> ( 1: $ | 1: $ )",
        r#"error[G021] t.syn:1:25: an earlier case answers to this already
  | main: x@. x -> ( 1: $ | 1: $ )
  |                         ^
"#,
    ),
    (
        "main: x@. x -> ( 300: $ )",
        r#"error[G021] t.syn:1:18: a case is a number from 0 to 255
  | main: x@. x -> ( 300: $ )
  |                  ^^^
"#,
    ),
    (
        "main: x@. x -> ( _: $ | _: 1 )",
        r#"error[G021] t.syn:1:25: there is a case `_` already
  | main: x@. x -> ( _: $ | _: 1 )
  |                         ^
"#,
    ),
    (
        "main: lsb(01_)",
        r#"error[G022] t.syn:1:11: a short tag has no meaning in `lsb` order
  | main: lsb(01_)
  |           ^^^
  = match the bits that arrive first, in a group of that width
"#,
    ),
    (
        "main: lsb(be(x@.[2])) (x == 0 $ | $)",
        r#"error[G022] t.syn:1:11: numbers in `lsb` order cannot be big-endian
  | main: lsb(be(x@.[2])) (x == 0 $ | $)
  |           ^^^^^^^^^^
  = `msb( ... )` goes back to the other order, where they are
"#,
    ),
    (
        "link: \"../x.alu\"\nmain: 1",
        r#"error[G023] t.syn:1:7: `../x.alu` cannot be linked
  | link: "../x.alu"
  |       ^^^^^^^^^^
  = a link is a `.alu` or `.gfx` file in the grammar's own directory
"#,
    ),
    (
        "main: frame 4 refill r ( . )\nr(a): more a",
        r#"error[G009] t.syn:1:22: `r` takes 1 arguments, 0 are given
  | main: frame 4 refill r ( . )
  |                      ^
error[G024] t.syn:1:22: the refill rule `r` has parameters
  | main: frame 4 refill r ( . )
  |                      ^
  = it is called by the machine, which has no arguments
"#,
    ),
    (
        "main: a ) | 2",
        r#"error[G002] t.syn:1:9: expected `|`, a comparison, something to match or do or the next rule, found `)`
  | main: a ) | 2
  |         ^
"#,
    ),
    (
        "main: (0..9 | 5 | 7..8)",
        r#"warning[G101] t.syn:1:15: this alternative is hidden by earlier ones
  | main: (0..9 | 5 | 7..8)
  |               ^
  = every symbol that it begins with already means something else
warning[G101] t.syn:1:19: this alternative is hidden by earlier ones
  | main: (0..9 | 5 | 7..8)
  |                   ^^^^
  = every symbol that it begins with already means something else
"#,
    ),
    (
        "main: (0..127 | 128..255 | fail \"x\")",
        r#"warning[G101] t.syn:1:28: this alternative is hidden by earlier ones
  | main: (0..127 | 128..255 | fail "x")
  |                            ^^^^^^^^
  = every symbol that it begins with already means something else
"#,
    ),
    (
        "main: 1\nother: 2",
        r#"warning[G102] t.syn:2:1: nothing leads from `main` to `other`
  | other: 2
  | ^^^^^
"#,
    ),
    (
        "main: x@. y = 5",
        r#"warning[G103] t.syn:1:7: nothing reads `x`
  | main: x@. y = 5
  |       ^
  = `-` in front of a symbol says that its value is not wanted
warning[G103] t.syn:1:11: nothing reads `y`
  | main: x@. y = 5
  |           ^
  = `-` in front of a symbol says that its value is not wanted
"#,
    ),
    (
        "main: fail \"x\" 7",
        r#"warning[G104] t.syn:1:16: the machine never gets here
  | main: fail "x" 7
  |                ^
  = what stands before it ends the rule or the process
"#,
    ),
    (
        "main: x@. (5 x@. | fail \"no\") (x == 0 $ | $) store16(x, 1, 5)",
        r#"error[G006] t.syn:1:54: this address cannot be formed in one row
  | main: x@. (5 x@. | fail "no") (x == 0 $ | $) store16(x, 1, 5)
  |                                                      ^
  = a place is the name of data and an index; only bytes can be reached by an address in a capture
"#,
    ),
];

#[test]
fn every_message_word_for_word() {
    let mut seen = Vec::new();
    let mut actual = String::new();
    let mut wrong = false;
    for (grammar, expected) in CASES {
        let said = messages(grammar);
        wrong |= said != *expected;
        actual.push_str(&format!(
            "    (\n        {grammar:?},\n        r#\"{said}\"#,\n    ),\n"
        ));
        seen.push(said);
    }
    if let Ok(path) = std::env::var("BLESS") {
        std::fs::write(path, &actual).expect("a file");
    }
    assert!(!wrong, "{actual}");
    for code in Code::ALL {
        let shown = format!("[{}]", code.as_str());
        assert!(
            seen.iter().any(|s| s.contains(&shown)),
            "{shown} is not tested"
        );
    }
}

#[test]
fn every_code_is_explained() {
    for code in Code::ALL {
        let text = explain(code.as_str()).expect("an explanation");
        assert!(text.ends_with('.'), "{text}");
    }
    assert_eq!(explain("g002"), explain("G002"));
    assert_eq!(explain("G999"), None);
}

#[test]
fn several_rules_can_be_wrong_at_once() {
    let said = messages("main: a )\na: 5 | [\nb: \"x\" @@\n");
    let places: Vec<&str> = said.lines().filter(|l| l.starts_with("error")).collect();
    assert_eq!(places.len(), 3, "{said}");
    // A bracket that is not closed does not swallow the next rule.
    let said = messages("main: ( a\na: ( 1 }\nb: 2\n");
    assert_eq!(
        said.lines().filter(|l| l.starts_with("error")).count(),
        2,
        "{said}"
    );
}

#[test]
fn links_are_found_without_the_rest() {
    let text = "link: \"a.alu\" \"b.gfx\"\nmain: undefined_name\n";
    let links = links(text).expect("links");
    let names: Vec<&str> = links.iter().map(|(n, _)| n.as_str()).collect();
    assert_eq!(names, ["a.alu", "b.gfx"]);
    assert_eq!(&text[links[1].1.clone()], "\"b.gfx\"");
    assert!(super_links("link: \"../a.alu\"\nmain: 1").is_err());
}

fn super_links(text: &str) -> Result<usize, usize> {
    links(text).map(|l| l.len()).map_err(|e| e.len())
}
