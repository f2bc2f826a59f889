//! Every valid picture comes out as libjpeg-turbo makes it.

mod common;

use common::{corpus, is_cmyk, jpegs, turbo};
use orrery_jpeg::{CodecError, DecodeOptions, ImageDecoder, ImageLoad, PixelFormat, Scale, Tensor};

/// A picture in the format's own colours, orientation as stored.
fn ours(
    decoder: &mut ImageDecoder,
    data: &[u8],
    format: PixelFormat,
    scale: Scale,
) -> Result<(usize, usize, Vec<u8>), CodecError> {
    let options = DecodeOptions::new().with_exif(false).with_scale(scale);
    let info = decoder.info(data, &options)?;
    let mut tensor = Tensor::<u8>::image(info.width, info.height, format);
    let info = tensor.load_image(decoder, data, &options)?;
    Ok((info.width, info.height, tensor.data().to_vec()))
}

#[test]
fn the_corpus_is_decoded_as_libjpeg_turbo_does() {
    let Some(folder) = corpus("jpeg") else { return };
    let mut decoder = ImageDecoder::new();
    let (mut equal, mut problems) = (0, Vec::new());
    for path in jpegs(&folder) {
        let data = std::fs::read(&path).expect("a readable file");
        let format = if is_cmyk(&data) {
            PixelFormat::Cmyk
        } else {
            PixelFormat::Rgb
        };
        let name = path.strip_prefix(&folder).expect("below it").display();
        let want = turbo(&data, format, 1);
        let got = ours(&mut decoder, &data, format, Scale::Full);
        match (want, got) {
            (Ok(want), Ok(got)) if want == got => equal += 1,
            (Ok(want), Ok(got)) => {
                let differ = want.2.iter().zip(&got.2).filter(|(a, b)| a != b).count();
                problems.push(format!("{name}: {differ} of {} differ", want.2.len()));
            }
            (Ok(_), Err(error)) => problems.push(format!("{name}: ours: {error}")),
            (Err(error), Ok(_)) => eprintln!("{name}: only ours decodes: {error}"),
            (Err(theirs), Err(ours)) => eprintln!("{name}: both refuse: {ours} / {theirs}"),
        }
    }
    assert!(
        problems.is_empty(),
        "{equal} equal, but:\n{}",
        problems.join("\n")
    );
}
