//! Instructions as text, in a form that the assembler reads back to the same word.

use std::fmt::Write;

use crate::isa::Shape;
use crate::word::{Field, Instr, Source};

const COMPONENTS: [char; 4] = ['x', 'y', 'z', 'w'];

/// Names of the blend factors, in order of their numbers.
pub const FACTORS: [&str; 4] = ["zero", "one", "alpha", "inverse"];

fn masked(reg: u8, mask: i32) -> String {
    let mut text = format!("r{reg}");
    if mask != 15 {
        text.push('.');
        for (i, c) in COMPONENTS.iter().enumerate() {
            if mask >> i & 1 == 1 {
                text.push(*c);
            }
        }
    }
    text
}

fn component(reg: u8, comp: i32) -> String {
    format!("r{reg}.{}", COMPONENTS[(comp & 3) as usize])
}

fn coordinate(i: &Instr, used: Field, reg: Field, comp: Field, abs: Field, d: Field) -> String {
    let mut text = String::new();
    if i.get(abs) == 1 {
        text.push('@');
    }
    let d = i.get(d);
    if i.get(used) == 1 {
        text += &component(i.reg(reg), i.get(comp));
        if d != 0 {
            let _ = write!(text, " {} {}", if d < 0 { '-' } else { '+' }, d.abs());
        }
    } else {
        let _ = write!(text, "{d}");
    }
    text
}

fn source(s: Source) -> String {
    match s {
        Source::Reg(r) => format!("r{r}"),
        Source::Comp(r, c) => component(r, i32::from(c)),
        Source::Imm(v) => format!("{v}"),
        Source::Scalar(n) => format!("s{n}"),
        Source::Bank(at) => format!("c[{at}]"),
        Source::BankVec(at) => format!("vec c[{at}]"),
    }
}

/// The result forms, with a leading space.
fn forms(i: &Instr) -> String {
    let mut text = String::new();
    let (ext, clip) = (i.get(Field::Ext), i.get(Field::Clip));
    let _ = match ext {
        0 => Ok(()),
        1..=31 => write!(text, " sext {ext}"),
        _ => write!(text, " zext {}", ext - 32),
    };
    let _ = match clip {
        0 => Ok(()),
        1..=31 => write!(text, " clipu {clip}"),
        _ => write!(text, " clips {}", clip - 32),
    };
    text
}

fn sum(i: &Instr, second: &str) -> String {
    let mut text = if i.get(Field::Keep) == 1 {
        "acc".to_string()
    } else {
        format!("r{}", i.get(Field::D))
    };
    let _ = write!(text, ", r{}", i.get(Field::A));
    if i.op.row().shape != Shape::SumVec {
        let _ = write!(text, ", {}", i.get(Field::Taps) + 1);
    }
    let _ = write!(text, ", {second}");
    let mut option = |field: Field, name: &str| {
        if i.get(field) != 0 {
            let _ = write!(text, " {name} {}", i.get(field));
        }
    };
    option(Field::ProductShift, "pshr");
    match i.get(Field::ProductWrap) {
        1 => text += " pwrap 16",
        2 => text += " pwrap 32",
        _ => {}
    }
    if i.get(Field::Chain) == 1 {
        text += " chain";
    }
    match i.get(Field::Round) {
        1 => text += " round",
        2 => text += " roundc",
        _ => {}
    }
    if i.get(Field::Shift) != 0 {
        let _ = write!(text, " shr {}", i.get(Field::Shift));
    }
    if i.get(Field::Negate) == 1 {
        text += " neg";
    }
    text + &forms(i)
}

/// The instruction as text.
#[must_use]
pub fn text(i: &Instr) -> String {
    let row = i.op.row();
    let (d, mask) = (i.reg(Field::D), i.get(Field::Mask));
    let a = i.reg(Field::A);
    let unit = i.get(Field::Unit);
    let channel = COMPONENTS[(i.get(Field::Channel) & 3) as usize];
    let at = || {
        format!(
            "({}, {})",
            coordinate(
                i,
                Field::Xreg,
                Field::XregNo,
                Field::XregComp,
                Field::Xabs,
                Field::Dx
            ),
            coordinate(
                i,
                Field::Yreg,
                Field::YregNo,
                Field::YregComp,
                Field::Yabs,
                Field::Dy
            )
        )
    };
    let operands = match row.shape {
        Shape::Load => format!("r{d}, u{unit}, {}", at()),
        Shape::Load4 => format!("r{d}, u{unit}.{channel}, {}", at()),
        Shape::Store => format!("r{d}, u{unit}, {}", at()),
        Shape::Store4 => format!("r{d}, u{unit}.{channel}, {}", at()),
        Shape::Transpose => format!("r{d}, r{a}"),
        Shape::Alu1 => format!("{}, {}{}", masked(d, mask), source(i.source()), forms(i)),
        Shape::Alu2 => format!(
            "{}, r{a}, {}{}",
            masked(d, mask),
            source(i.source()),
            forms(i)
        ),
        Shape::Select => format!(
            "{}, r{}, r{a}, {}{}",
            masked(d, mask),
            i.get(Field::C),
            source(i.source()),
            forms(i)
        ),
        Shape::Swizzle => {
            let order = i.get(Field::Swz);
            let letters: String = (0..4)
                .map(|k| COMPONENTS[(order >> (2 * k) & 3) as usize])
                .collect();
            format!("{}, r{a}.{letters}", masked(d, mask))
        }
        Shape::Porter => format!(
            "{}, r{a}, r{}, {}, {}",
            masked(d, mask),
            i.get(Field::B),
            FACTORS[(i.get(Field::Fa) & 3) as usize],
            FACTORS[(i.get(Field::Fb) & 3) as usize]
        ),
        Shape::Sum => sum(i, &format!("c[{}]", i.get(Field::Coef))),
        Shape::SumVec => sum(i, &format!("c[{}]", i.get(Field::Coef))),
        Shape::SumReg => sum(i, &format!("r{}", i.get(Field::B))),
        Shape::Flag if mask == 0 => format!("{}", i.get(Field::Bit)),
        Shape::Flag => format!("{}, {}", i.get(Field::Bit), masked(a, mask)),
        Shape::Case => format!(
            "{}, {}",
            component(a, i.get(Field::Comp)),
            i.get(Field::Cases) + 1
        ),
        Shape::Jump => format!("{}", i.get(Field::Off)),
        Shape::Branch => format!(
            "{}, {}",
            component(a, i.get(Field::Comp)),
            i.get(Field::Off)
        ),
        Shape::Loop if i.get(Field::CountKind) == 1 => format!("s{}", i.get(Field::Count)),
        Shape::Loop => format!("{}", i.get(Field::Count) + 1),
        Shape::Position => masked(d, mask),
        Shape::Out => format!("r{a}"),
        Shape::None => String::new(),
    };
    format!("{} {operands}", row.mnemonic)
        .trim_end()
        .to_string()
}

/// The text of a word; none if it is undefined.
#[must_use]
pub fn disassemble(word: u64) -> Option<String> {
    Instr::decode(word).as_ref().map(text)
}
