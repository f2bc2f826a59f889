//! The embedded runtime.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use rten::{Model, RunOptions, ThreadPool, Value};
use rten_tensor::prelude::*;
use rten_tensor::{NdTensor, Tensor};

use super::{Network, Planes, check};
use crate::Error;

/// A model in rten.
pub(super) struct RtenNetwork {
    name: String,
    model: Model,
    pool: Option<Arc<ThreadPool>>,
}

impl RtenNetwork {
    pub(super) fn new(name: &str, bytes: &[u8], threads: usize) -> Result<Self, Error> {
        // A damaged model may break a rule that the runtime only asserts.
        let loaded = catch_unwind(|| Model::load(bytes.to_vec()));
        let fail = |message: String| Error::ModelLoad {
            model: name.into(),
            message,
        };
        let model = match loaded {
            Ok(Ok(model)) => model,
            Ok(Err(error)) => {
                let message = whole(&error);
                if message.contains("operator not") {
                    let named = |o: &String| message.contains(&format!("{o} operator not"));
                    let operators: Vec<String> = check::operators(name, bytes)?
                        .into_iter()
                        .filter(named)
                        .collect();
                    if !operators.is_empty() {
                        return Err(Error::MissingOperators {
                            model: name.into(),
                            operators,
                        });
                    }
                }
                return Err(fail(message));
            }
            Err(_) => return Err(fail("the runtime gave up".into())),
        };
        let pool = (threads > 0).then(|| Arc::new(ThreadPool::with_num_threads(threads)));
        Ok(Self {
            name: name.into(),
            model,
            pool,
        })
    }
}

/// An error with its causes.
fn whole(error: &dyn std::error::Error) -> String {
    let mut message = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        let text = inner.to_string();
        if !message.contains(&text) {
            message = format!("{message}: {text}");
        }
        cause = inner.source();
    }
    message
}

impl Network for RtenNetwork {
    fn run(&self, input: Planes) -> Result<Planes, Error> {
        let fail = |message: String| Error::ModelRun {
            model: self.name.clone(),
            message,
        };
        let tensor = NdTensor::from_data(input.shape, input.data);
        let mut options = RunOptions::default();
        options.thread_pool = self.pool.clone();
        let run = || self.model.run_one(tensor.into(), Some(options));
        let value: Value = match catch_unwind(AssertUnwindSafe(run)) {
            Ok(Ok(value)) => value,
            Ok(Err(error)) => return Err(fail(whole(&error))),
            Err(_) => return Err(fail("the runtime gave up".into())),
        };
        let tensor: Tensor<f32> = value
            .try_into()
            .map_err(|_| fail("its output is not floating point".into()))?;
        let shape: [usize; 4] = tensor
            .shape()
            .try_into()
            .map_err(|_| fail(format!("its output has {} axes, not 4", tensor.ndim())))?;
        Ok(Planes {
            data: tensor.into_data(),
            shape,
        })
    }
}
