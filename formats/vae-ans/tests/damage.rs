//! Broken containers and models: typed errors, bounded memory, no panic.
//!
//! The long form is `ORRERY_NIGHTLY=1 cargo test --release -p orrery-vae-ans
//! --test damage -- --nocapture`. Case *n* is made from seed *n* alone:
//! `ORRERY_SEED=1234 ORRERY_CASES=1` runs that one.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use orrery_vae_ans::codec::{PIXEL_LIMIT, Settings, compress, decompress};
use orrery_vae_ans::container::{Container, HEADER_BYTES};
use orrery_vae_ans::model::{DECODER, Planes, Vae, load, load_within};
use orrery_vae_ans::{Error, Provider};
use rten_onnx::onnx::{
    AttributeProto, AttributeType, DataType, Dimension, GraphProto, ModelProto, NodeProto,
    OperatorSetIdProto, TensorProto, TensorShapeProto, TypeProto, TypeProtoTensor, ValueInfoProto,
};

/// Bytes that the values of a mutated model may have.
const LIMIT: u64 = 32 << 20;
/// How much resident memory may grow over all cases of a test. The limit, what
/// the runtime and the allocator keep, and other tests at the same time.
const GROWTH: u64 = 256 << 20;

struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
    fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit.max(1) as u64) as usize
    }
    fn one_of<T: Clone>(&mut self, list: &[T]) -> T {
        list[self.below(list.len())].clone()
    }
}

/// The seeds to run: so many in CI and in the long form.
fn seeds(ci: u64, nightly: u64) -> std::ops::Range<u64> {
    let number = |name: &str| std::env::var(name).ok().and_then(|v| v.parse().ok());
    let long = std::env::var("ORRERY_NIGHTLY").is_ok_and(|v| v == "1");
    let first = number("ORRERY_SEED").unwrap_or(0);
    let cases = number("ORRERY_CASES").unwrap_or(if long { nightly } else { ci });
    first..first + cases
}

/// The most memory this process ever had, in bytes, where the system tells.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|l| l.strip_prefix("VmHWM:"));
    let kib = line.and_then(|l| l.trim().trim_end_matches(" kB").parse::<u64>().ok());
    kib.unwrap_or(0) << 10
}

fn bounded(what: &str, before: u64) {
    let grown = peak().saturating_sub(before);
    eprintln!("{what}: peak memory grew by {} MiB", grown >> 20);
    assert!(grown < GROWTH, "{what}: {grown} bytes");
}

fn checksummed(bytes: &mut [u8]) {
    let end = bytes.len() - 4;
    let sum = crc::Crc::<u32>::new(&crc::CRC_32_ISO_HDLC).checksum(&bytes[..end]);
    bytes[end..].copy_from_slice(&sum.to_le_bytes());
}

fn containers() -> Vec<Vec<u8>> {
    let vae = Rc::new(Vae::builtin(Provider::Embedded, 1).unwrap());
    let (width, height) = (24, 20);
    let rgb: Vec<u8> = (0..width * height * 3)
        .map(|i| (i / 3 % width * 7 + i / 72 * 5 + i * i % 11) as u8)
        .collect();
    let make = |levels, lossless, wavelet| {
        let settings = Settings {
            levels,
            lossless,
            wavelet,
            ..Settings::default()
        };
        compress(&rgb, width, height, &settings, &vae).unwrap()
    };
    use orrery_vae_ans::Wavelet::{Cdf53, Haar};
    vec![
        make(2, false, Cdf53),
        make(2, true, Cdf53),
        make(8, false, Haar),
    ]
}

#[test]
fn truncated_containers_are_refused() {
    for file in containers() {
        for length in 0..file.len() {
            let mut cut = file[..length].to_vec();
            assert!(Container::read(&cut, PIXEL_LIMIT).is_err(), "{length}");
            if length > HEADER_BYTES + 4 {
                cut[64..68].copy_from_slice(&(length as u32).to_le_bytes());
                checksummed(&mut cut);
                assert!(Container::read(&cut, PIXEL_LIMIT).is_err(), "{length}");
            }
        }
    }
}

/// Checksums are mended, so that mutations get past them.
#[test]
fn mutated_containers_are_errors_or_pictures() {
    let files = containers();
    let before = peak();
    let (mut refused, mut failed, mut decoded) = (0, 0, 0);
    let seeds = seeds(4000, 20_000);
    let cases = seeds.end - seeds.start;
    for seed in seeds {
        let mut random = Random(seed);
        let mut bytes = random.one_of(&files);
        // Behind the header every second time: there most is refused at once.
        let first = HEADER_BYTES * random.below(2);
        for _ in 0..1 + random.below(3) {
            let at = first + random.below(bytes.len() - first);
            match random.below(5) {
                0 => bytes[at] ^= 1 << random.below(8),
                1 => bytes[at] = random.next() as u8,
                2 => bytes[at] = random.one_of(&[0, 0xff, 0x80, 0x7f]),
                3 if bytes.len() > HEADER_BYTES + 8 => drop(bytes.remove(at)),
                _ => bytes.insert(at, random.next() as u8),
            }
            if bytes.len() > HEADER_BYTES && random.below(2) == 0 {
                let length = bytes.len() as u32;
                bytes[64..68].copy_from_slice(&length.to_le_bytes());
            }
        }
        checksummed(&mut bytes);
        // The limit is that of a decoder with a memory budget.
        if Container::read(&bytes, 4096).is_err() {
            refused += 1;
            continue;
        }
        match decompress(&bytes, None, 4096) {
            Ok(_) => decoded += 1,
            Err(_) => failed += 1,
        }
    }
    eprintln!("{cases} mutated containers: {refused} refused, {failed} failed, {decoded} decoded");
    bounded("containers", before);
    assert!(cases < 1000 || (refused > 100 && failed > 20 && decoded > 50));
}

fn ints(name: &str, ints: &[i64]) -> AttributeProto {
    AttributeProto {
        name: Some(name.into()),
        ints: ints.to_vec(),
        r#type: Some(AttributeType(7)),
        ..AttributeProto::default()
    }
}

fn node(operator: &str, inputs: &[&str], output: &str) -> NodeProto {
    NodeProto {
        name: Some(output.into()),
        input: inputs.iter().map(|&i| i.into()).collect(),
        output: vec![output.into()],
        op_type: Some(operator.into()),
        ..NodeProto::default()
    }
}

fn integers(name: &str, values: &[i64]) -> TensorProto {
    let bytes = values.iter().flat_map(|v| v.to_le_bytes()).collect();
    TensorProto {
        name: Some(name.into()),
        dims: vec![values.len() as i64],
        data_type: Some(DataType::INT64),
        raw_data: Some(RefCell::new(bytes)),
        ..TensorProto::default()
    }
}

fn floats(name: &str, dims: &[i64], value: impl Fn(usize) -> f32) -> TensorProto {
    let count = dims.iter().product::<i64>() as usize;
    let bytes = (0..count).flat_map(|i| value(i).to_le_bytes()).collect();
    TensorProto {
        name: Some(name.into()),
        dims: dims.to_vec(),
        data_type: Some(DataType::FLOAT),
        raw_data: Some(RefCell::new(bytes)),
        ..TensorProto::default()
    }
}

fn value(name: &str) -> ValueInfoProto {
    let dim = vec![Dimension::default(); 4];
    ValueInfoProto {
        name: Some(name.into()),
        r#type: Some(TypeProto {
            tensor_type: Some(TypeProtoTensor {
                elem_type: Some(DataType::FLOAT),
                shape: Some(TensorShapeProto { dim }),
            }),
            ..TypeProto::default()
        }),
    }
}

fn model(graph: GraphProto) -> ModelProto {
    ModelProto {
        ir_version: Some(8),
        opset_import: vec![OperatorSetIdProto {
            domain: None,
            version: Some(16),
        }],
        graph: Some(graph),
        ..ModelProto::default()
    }
}

/// A model as exporters write them, with sizes computed from the input's.
fn computed_sizes() -> GraphProto {
    let mut convolution = node("Conv", &["input", "w", "b"], "conv");
    let (pads, ones) = ([1, 1, 1, 1], [1, 1]);
    convolution.attribute = vec![
        ints("pads", &pads),
        ints("strides", &ones),
        ints("dilations", &ones),
    ];
    let mut turned = node("Transpose", &["rows"], "turned");
    turned.attribute = vec![ints("perm", &[0, 2, 1])];
    let mut join = node("Concat", &["batch", "groups"], "groupshape");
    join.attribute = vec![AttributeProto {
        name: Some("axis".into()),
        i: Some(0),
        r#type: Some(AttributeType(2)),
        ..AttributeProto::default()
    }];
    GraphProto {
        node: vec![
            convolution,
            // Group normalisation by reshaping.
            node("Shape", &["conv"], "shape"),
            node("Gather", &["shape", "zero"], "batch"),
            join,
            node("Reshape", &["conv", "groupshape"], "grouped"),
            node("InstanceNormalization", &["grouped", "s2", "b2"], "norm"),
            node("Reshape", &["norm", "shape"], "back"),
            node("Sigmoid", &["back"], "gate"),
            node("Mul", &["back", "gate"], "silu"),
            // Attention over the pixels.
            node("Reshape", &["silu", "rowshape"], "rows"),
            turned,
            node("MatMul", &["turned", "rows"], "scores"),
            node("Softmax", &["scores"], "weights"),
            node("MatMul", &["rows", "weights"], "mixed"),
            node("Reshape", &["mixed", "shape"], "attended"),
            node("Add", &["attended", "silu"], "sum"),
            node("Resize", &["sum", "", "scales"], "large"),
            node("Pad", &["large", "pads"], "padded"),
            node("Expand", &["bias", "shape"], "spread"),
            node("ConstantOfShape", &["shape"], "zeros"),
            node("Tile", &["zeros", "twice"], "tiled"),
            node("Add", &["tiled", "padded"], "more"),
            node("Slice", &["more", "zero4", "shape"], "part"),
            node("Add", &["part", "spread"], "output"),
        ],
        initializer: vec![
            floats("w", &[4, 4, 3, 3], |i| (i % 7) as f32 / 50.0 - 0.05),
            floats("b", &[4], |i| i as f32 / 10.0),
            floats("s2", &[2], |_| 1.0),
            floats("b2", &[2], |_| 0.0),
            floats("bias", &[1, 4, 1, 1], |i| i as f32),
            floats("scales", &[4], |i| if i < 2 { 1.0 } else { 2.0 }),
            integers("zero", &[0]),
            integers("groups", &[2, -1]),
            integers("rowshape", &[0, 4, -1]),
            integers("pads", &[0, 0, 0, 0, 0, 0, 0, 0]),
            integers("twice", &[1, 1, 2, 2]),
            integers("zero4", &[0, 0, 0, 0]),
        ],
        input: vec![value("input")],
        output: vec![value("output")],
        value_info: Vec::new(),
    }
}

/// The built-in decoder's first layers, with four channels.
fn convolutions() -> ModelProto {
    let mut model = ModelProto::parse_buf(DECODER).unwrap();
    let graph = model.graph.as_mut().unwrap();
    graph.node.truncate(4);
    let last = graph.node[3].output[0].clone();
    graph.output[0].name = Some(last);
    let used: Vec<String> = graph.node.iter().flat_map(|n| n.input.clone()).collect();
    graph
        .initializer
        .retain(|t| used.contains(t.name.as_ref().unwrap()));
    for tensor in &mut graph.initializer {
        let four = tensor.dims.len() == 4;
        tensor.dims = if four { vec![4, 4, 3, 3] } else { vec![4] };
        let count: i64 = tensor.dims.iter().product();
        let bytes = tensor.raw_data.as_mut().unwrap().get_mut();
        bytes.truncate(count as usize * 4);
    }
    model
}

fn input() -> Planes {
    Planes {
        data: (0..4 * 36).map(|i| i as f32 / 72.0 - 1.0).collect(),
        shape: [1, 4, 6, 6],
    }
}

fn run(graph: GraphProto) -> Result<Planes, Error> {
    let bytes = model(graph).write_buf().unwrap();
    load_within("made", &bytes, Provider::Embedded, 1, LIMIT)?.run(input())
}

#[test]
fn a_model_with_computed_sizes_runs() {
    let output = run(computed_sizes()).unwrap();
    assert_eq!(output.shape, [1, 4, 6, 6]);
    assert!(output.data.iter().all(|v| v.is_finite()));
    let bytes = model(computed_sizes()).write_buf().unwrap();
    match load("made", &bytes, Provider::OnnxRuntime, 1) {
        Ok(other) => {
            let other = other.run(input()).unwrap();
            assert_eq!(other.shape, output.shape);
            let pairs = other.data.iter().zip(&output.data);
            let most = pairs.map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
            eprintln!("ONNX Runtime and rten differ by at most {most:e}; 1 ran, 0 skipped");
            assert!(most < 1e-4);
        }
        Err(Error::Provider { message, .. }) => eprintln!("0 ran, 1 skipped ({message})"),
        Err(other) => panic!("{other}"),
    }
    // Operator by operator the built-in model gives what it gives as a whole.
    let mut renamed = ModelProto::parse_buf(DECODER).unwrap();
    renamed.producer_name = Some("another".into());
    let bytes = renamed.write_buf().unwrap();
    let foreign = load("foreign", &bytes, Provider::Embedded, 1).unwrap();
    let own = load("own", DECODER, Provider::Embedded, 1).unwrap();
    let (a, b) = (foreign.run(input()).unwrap(), own.run(input()).unwrap());
    assert_eq!(a.shape, b.shape);
    let pairs = a.data.iter().zip(&b.data);
    assert!(pairs.map(|(a, b)| (a - b).abs()).fold(0.0, f32::max) < 1e-5);
}

#[test]
fn what_would_take_too_much_memory_is_named() {
    let with = |name: &str, tensor: TensorProto| {
        let mut graph = computed_sizes();
        let mut all = graph.initializer.iter_mut();
        *all.find(|t| t.name.as_deref() == Some(name)).unwrap() = tensor;
        run(graph)
    };
    let large = i64::from(i32::MAX);
    let cases = [
        ("Resize", with("scales", floats("scales", &[4], |_| 4e4))),
        ("Pad", with("pads", integers("pads", &[large; 8]))),
        (
            "Tile",
            with("twice", integers("twice", &[1, large, large, 1])),
        ),
    ];
    for (expected, result) in cases {
        match result {
            Err(Error::ModelMemory {
                operator, limit, ..
            }) => assert_eq!((operator.as_str(), limit), (expected, LIMIT)),
            other => panic!("{expected}: {other:?}"),
        }
    }
    // A size that only running tells: squares of squares.
    let mut graph = computed_sizes();
    graph
        .node
        .insert(2, node("Mul", &["shape", "shape"], "s2x"));
    graph.node.insert(3, node("Mul", &["s2x", "s2x"], "s4x"));
    graph.node.insert(4, node("Mul", &["s4x", "s4x"], "s8x"));
    for node in &mut graph.node {
        if node.op_type.as_deref() == Some("ConstantOfShape") {
            node.input[0] = "s8x".into();
        }
    }
    match run(graph) {
        Err(Error::ModelMemory { operator, .. }) => assert_eq!(operator, "ConstantOfShape"),
        other => panic!("{other:?}"),
    }
    let mut graph = computed_sizes();
    graph.node[7].op_type = Some("NonZero".into());
    match run(graph) {
        Err(Error::UnboundedOperators { operators, .. }) => assert_eq!(operators, ["NonZero"]),
        other => panic!("{other:?}"),
    }
    // An order in which the runtime would run two operators at once.
    let mut graph = computed_sizes();
    graph.node.swap(7, 8);
    assert!(matches!(run(graph), Err(Error::ModelLoad { .. })));
}

const OPERATORS: [&str; 34] = [
    "Add",
    "Mul",
    "Div",
    "Pow",
    "Where",
    "Relu",
    "Sigmoid",
    "Softmax",
    "MatMul",
    "Gemm",
    "Conv",
    "ConvTranspose",
    "MaxPool",
    "AveragePool",
    "GlobalAveragePool",
    "Resize",
    "Upsample",
    "Pad",
    "Shape",
    "Gather",
    "GatherElements",
    "ConstantOfShape",
    "Expand",
    "Tile",
    "Range",
    "Concat",
    "Slice",
    "Split",
    "Reshape",
    "Transpose",
    "Cast",
    "DepthToSpace",
    "NonZero",
    "Frobnicate",
];

/// Changes a model as a whole: operators, wires, attributes, constants, types.
fn rearrange(random: &mut Random, graph: &mut GraphProto) {
    let numbers = [
        0,
        1,
        -1,
        2,
        3,
        7,
        64,
        4096,
        65_536,
        1 << 31,
        i64::MAX,
        i64::MIN,
    ];
    let place = random.below(graph.node.len());
    match random.below(8) {
        0 => graph.node[place].op_type = Some(random.one_of(&OPERATORS).into()),
        1 => {
            let names: Vec<String> = graph.node.iter().flat_map(|n| n.output.clone()).collect();
            let node = &mut graph.node[place];
            if !node.input.is_empty() {
                let input = random.below(node.input.len());
                node.input[input] = random.one_of(&names);
            }
        }
        2 => {
            if let Some(attribute) = graph.node[place].attribute.first_mut() {
                attribute.i = attribute.i.map(|_| random.one_of(&numbers));
                for number in &mut attribute.ints {
                    *number = random.one_of(&numbers);
                }
            }
        }
        3 => {
            let name = random.one_of(&["pads", "strides", "dilations", "axis", "group", "perm"]);
            let value = random.one_of(&numbers);
            graph.node[place].attribute.push(ints(name, &[value; 4]));
        }
        4 | 5 => {
            let tensor = random.below(graph.initializer.len());
            let tensor = &mut graph.initializer[tensor];
            let bytes = tensor.raw_data.as_mut().unwrap().get_mut();
            if tensor.data_type == Some(DataType::INT64) {
                for value in bytes.as_chunks_mut::<8>().0 {
                    *value = random.one_of(&numbers).to_le_bytes();
                }
            } else {
                let value: f32 =
                    random.one_of(&[0.0, -1.0, 3.0, 1e4, 1e9, f32::INFINITY, f32::NAN]);
                bytes.as_chunks_mut::<4>().0.fill(value.to_le_bytes());
            }
        }
        6 => {
            let tensor = random.below(graph.initializer.len());
            let dims = &mut graph.initializer[tensor].dims;
            match random.below(3) {
                0 => dims.push(random.one_of(&numbers)),
                1 => drop(dims.pop()),
                _ => dims.iter_mut().for_each(|d| *d = random.one_of(&numbers)),
            }
        }
        _ => {
            let last = random.below(graph.node.len());
            graph.node.swap(place, last);
        }
    }
}

/// The error's kind, for the count.
fn kind(error: &Error) -> &'static str {
    match error {
        Error::ModelLoad { .. } => "load",
        Error::ModelShape { .. } => "shape",
        Error::MissingOperators { .. } => "missing operators",
        Error::UnboundedOperators { .. } => "unbounded operators",
        Error::ModelMemory { .. } => "memory",
        Error::ModelRun { .. } => "run",
        other => panic!("{other}"),
    }
}

#[test]
fn broken_models_are_errors_or_run() {
    let whole = [
        convolutions().write_buf().unwrap(),
        model(computed_sizes()).write_buf().unwrap(),
    ];
    let before = peak();
    let hook = std::panic::take_hook();
    // The runtime's own panics are caught and become errors; be quiet.
    if std::env::var_os("ORRERY_EXPLAIN").is_none() {
        std::panic::set_hook(Box::new(|_| ()));
    }
    let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
    let mut attempt = |case: String, bytes: &[u8], provider| {
        let outcome = std::panic::catch_unwind(|| {
            let loaded = load_within("broken", bytes, provider, 1, LIMIT);
            let result = loaded.and_then(|network| network.run(input()));
            result.as_ref().map_or_else(kind, |_| "ran")
        });
        let outcome = outcome.unwrap_or_else(|_| {
            eprintln!("{case} panicked");
            "panicked"
        });
        *counts.entry(outcome).or_default() += 1;
    };
    for bytes in &whole {
        attempt("the whole".into(), bytes, Provider::Embedded);
        for length in 0..bytes.len() {
            attempt(
                format!("length {length}"),
                &bytes[..length],
                Provider::Embedded,
            );
        }
    }
    let seeds = seeds(3000, 20_000);
    let cases = seeds.end - seeds.start;
    for seed in seeds {
        let mut random = Random(seed);
        let which = random.below(3);
        let mut bytes = whole[which.min(1)].clone();
        if which == 2 {
            let mut graph = computed_sizes();
            for _ in 0..1 + random.below(3) {
                rearrange(&mut random, &mut graph);
            }
            bytes = model(graph).write_buf().unwrap();
        } else {
            for _ in 0..1 + random.below(3) {
                let at = random.below(bytes.len());
                bytes[at] ^= 1 << random.below(8);
            }
        }
        let fixed = which == 0 && random.below(2) == 0;
        let provider = if fixed {
            Provider::FixedOrder
        } else {
            Provider::Embedded
        };
        attempt(format!("seed {seed}"), &bytes, provider);
    }
    std::panic::set_hook(hook);
    eprintln!("{cases} mutated models and every truncation: {counts:?}");
    bounded("models", before);
    assert!(!counts.contains_key("panicked"));
    assert!(cases < 1000 || (counts["ran"] > 100 && counts["load"] > 100 && counts["run"] > 50));
    assert!(cases < 1000 || (counts["memory"] > 5 && counts["missing operators"] > 5));
}
