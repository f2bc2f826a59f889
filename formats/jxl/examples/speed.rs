//! Megapixels per second at 1 and 2 threads, with jxl-oxide (one thread) beside: the best of several
//! runs that take turns.
//!
//! `cargo run --release -p orrery-jxl --example speed -- PICTURE.png [RUNS]`

use std::error::Error;
use std::time::Instant;

use orrery_jxl::{
    DecodeOptions, EncodeOptions, Fidelity, Image, Limits, decode, decode_reduced, encode,
};

/// Name, and what one run does.
type Work<'a> = (String, Box<dyn Fn() -> Result<(), Box<dyn Error>> + 'a>);

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let path = arguments.next().ok_or("name a PNG")?;
    let runs: usize = arguments.next().map_or(Ok(5), |text| text.parse())?;
    let image = Image::from_png(&std::fs::read(&path)?, &Limits::default())?;
    let megapixels = f64::from(image.info.width) * f64::from(image.info.height) / 1e6;

    let ways = [
        ("distance 1, effort 7", Fidelity::Distance(1.0), 7),
        ("distance 1, effort 3", Fidelity::Distance(1.0), 3),
        ("lossless, effort 3", Fidelity::Lossless, 3),
        ("lossless, effort 1", Fidelity::Lossless, 1),
    ];
    let mut works: Vec<Work> = Vec::new();
    for (name, fidelity, effort) in ways {
        let options = |threads| EncodeOptions {
            fidelity,
            effort,
            threads,
            ..EncodeOptions::default()
        };
        let file = encode(&image, &options(1))?;
        println!("{name}: {} bytes", file.len());
        for threads in [1, 2] {
            let (image, options) = (&image, options(threads));
            works.push((
                format!("encode, {name}, threads {threads}"),
                Box::new(move || encode(image, &options).map(drop).map_err(Into::into)),
            ));
            let file = file.clone();
            let options = DecodeOptions {
                threads,
                ..DecodeOptions::default()
            };
            works.push((
                format!("decode, {name}, threads {threads}"),
                Box::new(move || decode(&file, &options).map(drop).map_err(Into::into)),
            ));
        }
        let by_other = file.clone();
        works.push((
            format!("jxl-oxide decodes, {name}"),
            Box::new(move || {
                let image = jxl_oxide::JxlImage::builder().read(&by_other[..]);
                let frame = image.and_then(|image| image.render_frame(0));
                // With what is done to get samples out, as for libjxl.
                let frame = frame.map_err(|e| e.to_string())?;
                let mut stream = frame.stream();
                let count = stream.width() * stream.height() * stream.channels();
                let mut samples = vec![0_u8; count as usize];
                stream.write_to_buffer(&mut samples);
                Ok(())
            }),
        ));
        if fidelity != Fidelity::Lossless {
            let options = DecodeOptions::default();
            works.push((
                format!("an eighth, {name}, threads 1"),
                Box::new(move || {
                    decode_reduced(&file, &options)
                        .map(drop)
                        .map_err(Into::into)
                }),
            ));
        }
    }

    let mut best = vec![f64::INFINITY; works.len()];
    for _ in 0..runs {
        for ((_, work), best) in works.iter().zip(&mut best) {
            let start = Instant::now();
            work()?;
            *best = best.min(start.elapsed().as_secs_f64());
        }
    }
    for ((name, _), best) in works.iter().zip(best) {
        println!("{name:<44} {:>8.2} MP/s", megapixels / best);
    }
    Ok(())
}
