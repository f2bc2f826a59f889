//! Tile files: what is read, what is refused and how, and that no file does harm.

use orrery_artifacts::{
    ArtifactError, ListedTile, MAX_FILE, MAX_TILES, Quality, RandomTiles, SplitMix64,
    TileFileError, TileList,
};

const LISTED: &str = r#"{"schema":"orrery-tiles/1","tiles":[
    {"x":0,"y":-4,"width":64,"height":32,"quality":5},
    {"x":2147483647,"y":-2147483648,"width":2147483647,"height":1}
]}"#;
const RANDOM: &str = r#"{"schema":"orrery-tiles/1","random":{"count":30,"min":32,"max":256}}"#;

#[test]
fn both_kinds_are_read() {
    let quality = Quality::new(5).ok();
    let TileList::Listed(tiles) = TileList::parse(LISTED.as_bytes()).unwrap() else {
        panic!("a list");
    };
    let tile = |x, y, width, height, quality| ListedTile {
        x,
        y,
        width,
        height,
        quality,
    };
    assert_eq!(
        tiles,
        [
            tile(0, -4, 64, 32, quality),
            tile(i32::MAX, i32::MIN, i32::MAX as u32, 1, None)
        ]
    );
    let random = TileList::parse(RANDOM.as_bytes()).unwrap();
    let expected = RandomTiles {
        count: 30,
        min: 32,
        max: 256,
    };
    assert_eq!(random, TileList::Random(expected));
    let seven = Quality::new(7).unwrap();
    assert_eq!(
        random.tiles(1024, 1024, seven, 3).unwrap(),
        expected.tiles(1024, 1024, seven, 3).unwrap()
    );
    let listed = TileList::Listed(tiles).tiles(10, 10, seven, 3).unwrap();
    assert_eq!(listed[0].quality.get(), 5);
    assert_eq!(listed[1].quality.get(), 7);
}

/// Parses LISTED or RANDOM with one text replaced.
fn changed(file: &str, from: &str, to: &str) -> ArtifactError {
    assert!(file.contains(from), "{from}");
    let json = file.replacen(from, to, 1);
    TileList::parse(json.as_bytes()).expect_err(&json)
}

#[test]
fn refusals_are_typed() {
    use TileFileError as F;
    let tile = |error| match error {
        ArtifactError::TileFile(F::Tile { field, value, .. }) => (field, value),
        error => panic!("{error:?}"),
    };
    let listed = |from, to| tile(changed(LISTED, from, to));
    assert_eq!(listed("\"width\":64", "\"width\":-64"), ("width", -64));
    assert_eq!(listed("\"width\":64", "\"width\":0"), ("width", 0));
    assert_eq!(
        listed("\"height\":32", "\"height\":2147483648"),
        ("height", 1 << 31)
    );
    assert_eq!(
        listed("\"x\":0", "\"x\":-2147483649"),
        ("x", -(1 << 31) - 1)
    );
    assert_eq!(listed("\"quality\":5", "\"quality\":0"), ("quality", 0));
    assert_eq!(listed("\"quality\":5", "\"quality\":101"), ("quality", 101));

    let random = |from, to| match changed(RANDOM, from, to) {
        ArtifactError::TileFile(F::Random { field, value, .. }) => (field, value),
        error => panic!("{error:?}"),
    };
    assert_eq!(random("\"count\":30", "\"count\":-1"), ("count", -1));
    assert_eq!(random("\"count\":30", "\"count\":65537"), ("count", 65537));
    assert_eq!(random("\"min\":32", "\"min\":0"), ("min", 0));
    assert_eq!(random("\"max\":256", "\"max\":31"), ("max", 31));

    for (from, to) in [
        ("\"quality\"", "\"Quality\""),
        ("\"x\":0,", ""),
        ("\"x\":0", "\"x\":0,\"x\":0"),
        ("\"x\":0", "\"x\":0.5"),
        ("\"x\":0", "\"x\":1e99"),
        ("\"x\":0", "\"x\":99999999999999999999"),
        ("\"x\":0", "\"x\":\"0\""),
        ("\"schema\":\"orrery-tiles/1\",", ""),
        ("]}", "]"),
        ("]}", "]}}"),
    ] {
        let error = changed(LISTED, from, to);
        assert!(
            matches!(error, ArtifactError::TileFile(F::Json(_))),
            "{from} to {to}: {error:?}"
        );
    }
    for (file, from, to) in [
        (LISTED, "tiles/1", "tiles/2"),
        // Of another schema nothing else is asked.
        (LISTED, "tiles/1\"", "tiles/2\",\"more\":[]"),
    ] {
        let error = changed(file, from, to);
        assert!(matches!(error, ArtifactError::TileFile(F::Schema(s)) if s == "orrery-tiles/2"));
    }
    for json in [
        r#"{"schema":"orrery-tiles/1"}"#,
        r#"{"schema":"orrery-tiles/1","tiles":[],"random":{"count":1,"min":1,"max":1}}"#,
    ] {
        let error = TileList::parse(json.as_bytes()).unwrap_err();
        assert!(matches!(error, ArtifactError::TileFile(F::OneOf)));
    }
    let long = vec![b' '; MAX_FILE + 1];
    let error = TileList::parse(&long).unwrap_err();
    assert!(matches!(error, ArtifactError::TileFile(F::TooLong(_))));
    let tile = r#"{"x":0,"y":0,"width":1,"height":1},"#.repeat(MAX_TILES + 1);
    let json = format!(
        r#"{{"schema":"orrery-tiles/1","tiles":[{}]}}"#,
        tile.trim_end_matches(',')
    );
    let error = TileList::parse(json.as_bytes()).unwrap_err();
    assert!(matches!(error, ArtifactError::TooManyTiles(_)));
}

/// Changes a few bytes: replaces, inserts, deletes, doubles, cuts off, swaps in hostile texts.
fn mutate(json: &mut Vec<u8>, random: &mut SplitMix64) {
    const TEXTS: [&str; 14] = [
        "-",
        "9",
        "99999999999",
        "-1",
        "1e400",
        "null",
        "true",
        "[",
        "{",
        "\"",
        "[]",
        "\\u0000",
        "0.1",
        "\"tiles\":",
    ];
    for _ in 0..=random.below(4) {
        let at = random.below(json.len() as u32 + 1) as usize;
        match random.below(6) {
            0 if at < json.len() => json[at] = random.next_u64() as u8,
            1 => json.insert(at, random.next_u64() as u8),
            2 if at < json.len() => drop(json.remove(at)),
            3 => json.truncate(at),
            4 => {
                let end = (at + random.below(40) as usize).min(json.len());
                let part = json[at..end].to_vec();
                json.splice(at..at, part);
            }
            _ => {
                let text = TEXTS[random.below(TEXTS.len() as u32) as usize];
                let end = (at + random.below(4) as usize).min(json.len());
                json.splice(at..end, text.bytes());
            }
        }
    }
}

#[test]
fn twenty_thousand_damaged_files_give_tiles_or_an_error() {
    let nightly = std::env::var_os("ORRERY_NIGHTLY").is_some_and(|v| v == "1");
    let rounds = if nightly { 400_000 } else { 20_000 };
    let quality = Quality::new(50).unwrap();
    let (mut good, mut json, mut other) = (0, 0, 0);
    for seed in 0..rounds {
        let mut random = SplitMix64::new(seed);
        let mut bytes = [LISTED, RANDOM][seed as usize % 2].as_bytes().to_vec();
        mutate(&mut bytes, &mut random);
        match TileList::parse(&bytes) {
            Ok(list) => {
                let tiles = list.tiles(100, 70, quality, seed);
                assert!(tiles.unwrap().len() <= MAX_TILES, "seed {seed}");
                good += 1;
            }
            Err(ArtifactError::TileFile(TileFileError::Json(_))) => json += 1,
            Err(ArtifactError::TileFile(_) | ArtifactError::TooManyTiles(_)) => other += 1,
            Err(e) => panic!("seed {seed}: {e:?}"),
        }
    }
    println!(
        "{rounds} damaged tile files: {good} still good, {json} no JSON of the kind, {other} otherwise refused"
    );
    // The damage is of all kinds.
    assert!(good > 100 && json > 1000 && other > 100);
}

#[test]
fn deep_files_are_refused_without_deep_recursion() {
    for open in ["[", "{\"tiles\":"] {
        let json = open.repeat(MAX_FILE / open.len());
        let error = TileList::parse(json.as_bytes()).unwrap_err();
        assert!(matches!(
            error,
            ArtifactError::TileFile(TileFileError::Json(_))
        ));
    }
}
