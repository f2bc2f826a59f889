//! What can go wrong.

use crate::core::{DType, Entity};

/// Every failure of the crate. Bad input never panics.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The arena has no room for a tensor.
    #[error("the arena is full: {needed} more bytes wanted, {free} of {capacity} free")]
    OutOfArena {
        /// Bytes asked for, alignment included.
        needed: usize,
        /// Bytes left.
        free: usize,
        /// The arena's size.
        capacity: usize,
    },
    /// The host has no memory for a buffer of this many bytes.
    #[error("no memory for {0} bytes")]
    OutOfMemory(usize),
    /// A shape that cannot be: too many elements, or more than six axes.
    #[error("impossible shape {0:?}")]
    Shape(Vec<usize>),
    /// A tensor of another shape was needed.
    #[error("{what}: shape {found:?} where {expected} is needed")]
    WrongShape {
        /// What was looked at.
        what: String,
        /// Its shape.
        found: Vec<usize>,
        /// What it should have been, in words.
        expected: String,
    },
    /// A tensor of another element type was needed.
    #[error("{what}: elements are {found}, not {expected}")]
    WrongDType {
        /// What was looked at.
        what: String,
        /// Its element type.
        found: DType,
        /// What it should have been.
        expected: DType,
    },
    /// A tensor's place is outside the arena or overlaps one being written.
    #[error("a tensor lies outside the arena, overlaps one being written, or was reset away")]
    BadRef,
    /// A strided view was used where the elements must lie side by side.
    #[error("a tensor of shape {0:?} does not lie contiguously")]
    NotContiguous(Vec<usize>),
    /// A system needs a component that nothing provides.
    #[error("{system} needs {component}, which nothing before it produces")]
    MissingComponent {
        /// The system that cannot run.
        system: String,
        /// The component it needs.
        component: String,
    },
    /// An entity does not have a component.
    #[error("entity {entity} has no {component}")]
    NoComponent {
        /// The entity.
        entity: Entity,
        /// The component's name.
        component: String,
    },
    /// A component is stored under this name, but is of another kind.
    #[error("{component} holds another kind of component than {expected}")]
    WrongKind {
        /// The component's name.
        component: String,
        /// The kind asked for.
        expected: &'static str,
    },
    /// A parameter outside its range.
    #[error("{name} is {found}, allowed is {allowed}")]
    Parameter {
        /// The parameter.
        name: &'static str,
        /// Its value.
        found: String,
        /// What it may be.
        allowed: String,
    },
    /// The container is not one, or breaks a rule of docs/formats/vae-ans.md.
    #[error("not a valid container: {0}")]
    Container(String),
    /// The container's checksum does not fit its bytes.
    #[error("the container's checksum is {found:08x}, its bytes give {expected:08x}")]
    Checksum {
        /// As stored.
        found: u32,
        /// As computed.
        expected: u32,
    },
    /// A container of a version this crate does not know.
    #[error("container version {0} is not known")]
    Version(u16),
    /// The picture is larger than the limit.
    #[error("{width}x{height} is more than the limit of {limit} pixels")]
    TooLarge {
        /// Width in pixels.
        width: u32,
        /// Height in pixels.
        height: u32,
        /// The limit.
        limit: u64,
    },
    /// A model file could not be loaded.
    #[error("model {model}: {message}")]
    ModelLoad {
        /// The model.
        model: String,
        /// Why, as the runtime says it.
        message: String,
    },
    /// A model uses operators that the runtime lacks.
    #[error("model {model} needs operators the runtime lacks: {}", operators.join(", "))]
    MissingOperators {
        /// The model.
        model: String,
        /// Their names.
        operators: Vec<String>,
    },
    /// A foreign model uses operators of which the memory they take cannot be
    /// told before they run.
    #[error("model {model} uses operators without a bound on their memory: {}", operators.join(", "))]
    UnboundedOperators {
        /// The model.
        model: String,
        /// Their names.
        operators: Vec<String>,
    },
    /// A foreign model would take more memory than it may.
    #[error("model {model}: {operator} would take {needed} bytes, the limit is {limit}")]
    ModelMemory {
        /// The model.
        model: String,
        /// The operator that would.
        operator: String,
        /// What all values would have then.
        needed: u64,
        /// What they may have.
        limit: u64,
    },
    /// A model's inputs or outputs do not fit a four-channel autoencoder.
    #[error("model {model}: {message}")]
    ModelShape {
        /// The model.
        model: String,
        /// What does not fit.
        message: String,
    },
    /// A model failed while running.
    #[error("model {model} failed: {message}")]
    ModelRun {
        /// The model.
        model: String,
        /// Why, as the runtime says it.
        message: String,
    },
    /// An execution provider this build or machine does not have.
    #[error("{provider} is not available: {message}")]
    Provider {
        /// Its name.
        provider: &'static str,
        /// Why not.
        message: String,
    },
    /// The container was made with other weights.
    #[error("the container was made with other weights ({found}) than these ({expected})")]
    WeightsDiffer {
        /// SHA-256 in the container.
        found: String,
        /// SHA-256 of the weights at hand.
        expected: String,
    },
    /// A lossless container needs the built-in model.
    #[error("lossless mode needs the built-in model, whose decoder is exact; {0} is foreign")]
    ForeignModel(String),
    /// The reconstruction is not the one the residual was made for.
    #[error("the reconstruction differs from the encoder's; the picture would be wrong")]
    ReconstructionDiffers,
    /// The restored picture is not the source.
    #[error("the restored picture differs from the source")]
    SourceDiffers,
    /// A picture could not be measured.
    #[error(transparent)]
    Metrics(#[from] orrery_metrics::Error),
    /// A file could not be read.
    #[error("{path}: {source}")]
    File {
        /// Which.
        path: String,
        /// Why not.
        source: std::io::Error,
    },
}
