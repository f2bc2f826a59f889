//! Options of `codec` that only the backend `jxl` has.

use std::path::PathBuf;

use clap::Args;

/// Decoding.
#[derive(Debug, Args)]
#[command(next_help_heading = "JPEG XL (feature jxl)")]
pub struct JxlDecodeArgs {
    /// Also writes every intermediate picture; OUT is a directory.
    #[arg(long)]
    pub progressive: bool,
    /// A picture at an eighth of the size, from the first part of the file; metadata is not read.
    #[arg(long, conflicts_with_all = ["progressive", "boxes"])]
    pub reduced: bool,
    /// The layers that frames are made of, each by itself.
    #[arg(long)]
    pub layers: bool,
    /// As stored, whatever the file says of turning it.
    #[arg(long)]
    pub keep_orientation: bool,
    /// Leaves spot colours out.
    #[arg(long)]
    pub no_spot_colours: bool,
    /// Adapts HDR pictures to a display of so many nits.
    #[arg(long, value_name = "NITS")]
    pub intensity_target: Option<f32>,
    /// Writes the ICC profile of the picture.
    #[arg(long, value_name = "PATH.icc")]
    pub icc: Option<PathBuf>,
    /// Writes the metadata boxes into a directory: Exif, xml, jumb and others.
    #[arg(long, value_name = "DIR")]
    pub boxes: Option<PathBuf>,
}

impl JxlDecodeArgs {
    /// The first option that was given; nothing but libjxl knows it.
    pub fn given(&self) -> Option<&'static str> {
        [
            (self.progressive, "--progressive"),
            (self.reduced, "--reduced"),
            (self.layers, "--layers"),
            (self.keep_orientation, "--keep-orientation"),
            (self.no_spot_colours, "--no-spot-colours"),
            (self.intensity_target.is_some(), "--intensity-target"),
            (self.icc.is_some(), "--icc"),
            (self.boxes.is_some(), "--boxes"),
        ]
        .into_iter()
        .find_map(|(given, name)| given.then_some(name))
    }
}

/// Encoding.
#[derive(Debug, Args)]
#[command(next_help_heading = "JPEG XL (feature jxl)")]
pub struct JxlEncodeArgs {
    /// How much may be lost: 0 to 25, 1 is not visible.
    #[arg(long, value_name = "D", conflicts_with_all = ["lossless", "quality"])]
    pub distance: Option<f32>,
    /// How much may be lost, 0 to 100.
    #[arg(long, value_name = "Q", conflicts_with = "lossless")]
    pub quality: Option<f32>,
    /// 1 (fastest) to 10 (smallest); 7 unless given.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(1..=10))]
    pub effort: Option<u8>,
    /// Packs a JPEG so that it can be had back byte for byte.
    #[arg(long, conflicts_with_all = [
        "lossless", "distance", "quality", "progressive", "edge_preserving", "gaborish", "noise"
    ])]
    pub transcode: bool,
    /// Writes the picture in passes, coarse first.
    #[arg(long)]
    pub progressive: bool,
    /// Strength of the edge-preserving filter, 0 to 3.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(0..=3))]
    pub edge_preserving: Option<u8>,
    /// The filter gaborish: on or off.
    #[arg(long, value_name = "on|off", value_parser = clap::builder::BoolishValueParser::new())]
    pub gaborish: Option<bool>,
    /// Noise as of a photograph at this ISO sensitivity.
    #[arg(long, value_name = "ISO")]
    pub noise: Option<f32>,
}

impl JxlEncodeArgs {
    /// The first option that was given.
    pub fn given(&self) -> Option<&'static str> {
        [
            (self.distance.is_some(), "--distance"),
            (self.quality.is_some(), "--quality"),
            (self.effort.is_some(), "--effort"),
            (self.transcode, "--transcode"),
            (self.progressive, "--progressive"),
            (self.edge_preserving.is_some(), "--edge-preserving"),
            (self.gaborish.is_some(), "--gaborish"),
            (self.noise.is_some(), "--noise"),
        ]
        .into_iter()
        .find_map(|(given, name)| given.then_some(name))
    }
}
