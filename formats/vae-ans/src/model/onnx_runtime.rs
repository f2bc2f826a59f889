//! ONNX Runtime, loaded at run time.

use std::sync::Mutex;

use ort::environment::Environment;
use ort::session::Session;
use ort::value::Tensor;

use super::{Network, Planes};
use crate::Error;

/// A model in ONNX Runtime.
pub(super) struct OrtNetwork {
    name: String,
    session: Mutex<Session>,
}

/// The library's path: `ORT_DYLIB_PATH`, else the system's `libonnxruntime`.
fn library() -> String {
    std::env::var("ORT_DYLIB_PATH").unwrap_or_else(|_| {
        let (prefix, suffix) = (std::env::consts::DLL_PREFIX, std::env::consts::DLL_SUFFIX);
        format!("{prefix}onnxruntime{suffix}")
    })
}

/// The process's only environment, from the first model on.
static ENVIRONMENT: Mutex<Option<Environment>> = Mutex::new(None);

/// What keeps the library from being used, in words.
fn environment() -> Result<Environment, String> {
    let mut kept = ENVIRONMENT
        .lock()
        .map_err(|_| "another thread gave up".to_owned())?;
    if let Some(environment) = kept.as_ref() {
        return Ok(environment.clone());
    }
    let builder = ort::init_from(library()).map_err(|e| e.to_string())?;
    let environment = builder.build().map_err(|e| e.to_string())?;
    *kept = Some(environment.clone());
    Ok(environment)
}

impl OrtNetwork {
    pub(super) fn new(name: &str, bytes: &[u8], threads: usize) -> Result<Self, Error> {
        let provider = |message: String| Error::Provider {
            provider: "ONNX Runtime",
            message,
        };
        let load = |e: ort::Error| Error::ModelLoad {
            model: name.into(),
            message: e.to_string(),
        };
        let environment = environment().map_err(provider)?;
        let mut builder = Session::builder(&environment).map_err(load)?;
        if threads > 0 {
            builder = builder
                .with_intra_threads(threads)
                .map_err(|e| provider(e.to_string()))?;
        }
        let session = builder.commit_from_memory(bytes).map_err(load)?;
        Ok(Self {
            name: name.into(),
            session: Mutex::new(session),
        })
    }
}

impl Network for OrtNetwork {
    fn run(&self, input: Planes) -> Result<Planes, Error> {
        let fail = |message: String| Error::ModelRun {
            model: self.name.clone(),
            message,
        };
        let tensor =
            Tensor::from_array((input.shape, input.data)).map_err(|e| fail(e.to_string()))?;
        let mut session = self
            .session
            .lock()
            .map_err(|_| fail("another run gave up".into()))?;
        let outputs = session
            .run(ort::inputs![tensor])
            .map_err(|e| fail(e.to_string()))?;
        let (shape, data) = outputs[0]
            .try_extract_tensor::<f32>()
            .map_err(|e| fail(e.to_string()))?;
        let shape: Vec<usize> = shape.iter().map(|&d| d as usize).collect();
        let shape: [usize; 4] = shape
            .try_into()
            .map_err(|_| fail("its output does not have 4 axes".into()))?;
        Ok(Planes {
            data: data.to_vec(),
            shape,
        })
    }
}
