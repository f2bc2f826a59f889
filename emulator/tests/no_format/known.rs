//! What would be a format in the machine: names, numbers, fractions, sequences.

/// Names of formats, of their parts and of steps that belong to one of them: as words of their own.
pub const NAMES: &[&str] = &[
    "actl", "adam7", "adler", "adler32", "apng", "av1", "avif", "bmp", "brotli", "bzip", "bzip2",
    "chrm", "crc16", "crc32", "dct", "deflate", "exif", "farbfeld", "fctl", "fdat", "flac", "gama",
    "gif", "gzip", "h264", "heif", "hevc", "huffman", "iccp", "ico", "idat", "idct", "iend",
    "ihdr", "imdct", "inflate", "itxt", "jfif", "jpeg", "jpg", "jxl", "lzma", "mdct", "mp3",
    "mpeg", "netpbm", "ogg", "opus", "paeth", "pcx", "pgm", "phys", "plte", "png", "ppm", "qoi",
    "qoif", "riff", "svg", "targa", "tga", "theora", "tiff", "trns", "vorbis", "vp8", "vp9",
    "webp", "ycbcr", "zigzag", "zlib", "ztxt",
];

/// Of these also longer words are suspicious: no word of English has them inside.
pub const INSIDE: &[&str] = &[
    "adler", "deflate", "exif", "farbfeld", "gzip", "huffman", "ihdr", "inflate", "jfif", "jpeg",
    "netpbm", "paeth", "plte", "theora", "trns", "vorbis", "webp", "ycbcr", "zigzag", "zlib",
];

/// And of these at the beginning of a word.
pub const BEFORE: &[&str] = &[
    "bmp", "dct", "idct", "jpg", "jxl", "mdct", "png", "qoi", "svg",
];

/// Tags of files, as they stand in a text, or as numbers of either byte order.
pub const TAGS: &[&str] = &[
    "IHDR", "PLTE", "IDAT", "IEND", "tRNS", "gAMA", "cHRM", "sRGB", "iCCP", "tEXt", "zTXt", "iTXt",
    "pHYs", "bKGD", "sBIT", "hIST", "tIME", "acTL", "fcTL", "fdAT", "qoif", "OggS", "JFIF", "Exif",
    "GIF8", "RIFF", "WEBP", "fLaC",
];

/// Polynomials of checks, first entries of their tables, moduli, signatures, marks. Also inverted, with the bits or
/// the bytes the other way round.
pub const NUMBERS: &[u128] = &[
    // Checks of 32 bits: polynomials and the second entries of their tables.
    0x04C1_1DB7,
    0x1EDC_6F41,
    0x814141AB,
    0x7707_3096,
    0x0982_3B6E,
    // Of 24 and 16 bits.
    0x86_4CFB,
    0x8005,
    0x1021,
    // A pair of sums: its modulus, and how many bytes fit before it is needed.
    65521,
    5552,
    // Signatures.
    0x8950_4E47,
    0x0D0A_1A0A,
    0x8950_4E47_0D0A_1A0A,
    0x56_4342,
    // Marks of 16 bits.
    0xFFD8,
    0xFFD9,
    0xFFDA,
    0xFFDB,
    0xFFC0,
    0xFFC2,
    0xFFC4,
    0xFFDD,
    // Parts of a packed fraction, and the bias of its exponent.
    0x7FE0_0000,
    788,
];

/// Coefficients in units of 10^-9. As whole numbers they stand multiplied by a power of two.
pub const FRACTIONS: &[u64] = &[
    // Colours.
    1_402_000_000,
    344_136_286,
    714_136_286,
    1_772_000_000,
    299_000_000,
    587_000_000,
    114_000_000,
    168_735_892,
    331_264_108,
    418_687_589,
    81_312_411,
    // Cosines of sixteenths, and what fast transforms make of them.
    980_785_280,
    923_879_533,
    831_469_612,
    707_106_781,
    555_570_233,
    382_683_432,
    195_090_322,
    541_196_100,
    765_366_865,
    1_847_759_065,
    298_631_336,
    2_053_119_869,
    3_072_711_026,
    1_501_321_110,
    899_976_223,
    2_562_915_447,
    1_961_570_560,
    390_180_644,
    1_175_875_602,
    1_306_562_965,
];

/// Powers of two by which fractions are multiplied.
pub const POWERS: std::ops::RangeInclusive<u32> = 10..=24;

/// Smaller products say little.
pub const LEAST: u128 = 1000;

/// The same with 8 bits, where single numbers say nothing: two of a set in one statement.
pub const PAIRS: &[&[u128]] = &[&[359, 88, 183, 454], &[77, 150, 29], &[298, 409, 208, 516]];

/// A table, and how many numbers of it in a row give it away.
pub struct Sequence {
    /// What it is.
    pub name: &'static str,
    /// How many.
    pub window: usize,
    /// The numbers, without beginnings that anything could have.
    pub numbers: &'static [u128],
}

/// Tables.
pub const SEQUENCES: &[Sequence] = &[
    Sequence {
        name: "bases of lengths",
        window: 5,
        numbers: &[
            10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195,
            227, 258,
        ],
    },
    Sequence {
        name: "bases of distances",
        window: 5,
        numbers: &[
            4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049,
            3073, 4097, 6145, 8193, 12289, 16385, 24577,
        ],
    },
    Sequence {
        name: "extra bits",
        window: 9,
        numbers: &[
            0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0,
        ],
    },
    Sequence {
        name: "extra bits",
        window: 9,
        numbers: &[
            0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12,
            12, 13, 13,
        ],
    },
    Sequence {
        name: "order of code lengths",
        window: 5,
        numbers: &[
            16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15,
        ],
    },
    Sequence {
        name: "zig-zag order",
        window: 5,
        numbers: &[
            0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34,
            27, 20, 13, 6, 7, 14, 21, 28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37,
            44, 51, 58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63,
        ],
    },
    Sequence {
        name: "places of the zig-zag order",
        window: 5,
        numbers: &[
            0, 1, 5, 6, 14, 15, 27, 28, 2, 4, 7, 13, 16, 26, 29, 42, 3, 8, 12, 17, 25, 30, 41, 43,
            9, 11, 18, 24, 31, 40, 44, 53, 10, 19, 23, 32, 39, 45, 52, 54, 20, 22, 33, 38, 46, 51,
            55, 60, 21, 34, 37, 47, 50, 56, 59, 61, 35, 36, 48, 49, 57, 58, 62, 63,
        ],
    },
    Sequence {
        name: "steps of quantisation",
        window: 5,
        numbers: &[
            16, 11, 10, 16, 24, 40, 51, 61, 12, 12, 14, 19, 26, 58, 60, 55, 14, 13, 16, 24, 40, 57,
            69, 56, 14, 17, 22, 29, 51, 87, 80, 62,
        ],
    },
    Sequence {
        name: "steps of quantisation",
        window: 5,
        numbers: &[17, 18, 24, 47, 99, 99, 99, 99, 18, 21, 26, 66],
    },
    Sequence {
        name: "numbers of codes",
        window: 8,
        numbers: &[0, 1, 5, 1, 1, 1, 1, 1, 1, 0],
    },
    Sequence {
        name: "numbers of codes",
        window: 8,
        numbers: &[0, 2, 1, 3, 3, 2, 4, 3, 5, 5, 4, 4, 0, 0, 1, 0x7D],
    },
    Sequence {
        name: "beginnings of passes",
        window: 7,
        numbers: &[0, 4, 0, 2, 0, 1, 0],
    },
    Sequence {
        name: "beginnings of passes",
        window: 7,
        numbers: &[0, 0, 4, 0, 2, 0, 1],
    },
    Sequence {
        name: "steps of passes",
        window: 7,
        numbers: &[8, 8, 4, 4, 2, 2, 1],
    },
    Sequence {
        name: "steps of passes",
        window: 7,
        numbers: &[8, 8, 8, 4, 4, 2, 2],
    },
    Sequence {
        name: "factors of an index",
        window: 4,
        numbers: &[3, 5, 7, 11],
    },
    Sequence {
        name: "a signature",
        window: 4,
        numbers: &[137, 80, 78, 71, 13, 10, 26, 10],
    },
    Sequence {
        name: "a signature",
        window: 4,
        numbers: &[0x71, 0x6F, 0x69, 0x66],
    },
    Sequence {
        name: "a signature",
        window: 4,
        numbers: &[0x4F, 0x67, 0x67, 0x53],
    },
];
