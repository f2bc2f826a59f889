//! The embedded runtime.

use std::collections::{HashMap, HashSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use rten::{Model, ModelOptions, NodeId, RunOptions, ThreadPool, Value, ValueOrView};
use rten_onnx::onnx::NodeProto;
use rten_tensor::prelude::*;
use rten_tensor::{NdTensor, Tensor};

use super::bounds::{self, Seen};
use super::{Network, Planes, check};
use crate::Error;

/// A model in rten.
pub(super) struct RtenNetwork {
    name: String,
    model: Model,
    pool: Option<Arc<ThreadPool>>,
    /// Of foreign models: they run operator by operator, since the runtime
    /// allocates whatever a model computes, and ends the process when there is
    /// no such memory.
    steps: Option<Steps>,
}

/// A model's operators in the file's order, each with what it needs.
struct Steps {
    list: Vec<StepNode>,
    constants: HashMap<NodeId, Seen>,
    input: NodeId,
    output: NodeId,
    /// Bytes that values may have at a time.
    limit: u64,
}

struct StepNode {
    node: NodeProto,
    inputs: Vec<Option<NodeId>>,
    outputs: Vec<NodeId>,
    /// Values that nothing behind it uses.
    dead: Vec<NodeId>,
}

/// All element types of the runtime have at most four bytes.
const ELEMENT: u64 = 4;

impl RtenNetwork {
    /// The built-in model, as it is.
    pub(super) fn trusted(name: &str, bytes: &[u8], threads: usize) -> Result<Self, Error> {
        Self::open(name, bytes, threads, &ModelOptions::with_all_ops())
    }

    /// A foreign model, held to a limit.
    pub(super) fn foreign(
        name: &str,
        bytes: &[u8],
        threads: usize,
        limit: u64,
    ) -> Result<Self, Error> {
        // Optimising would already run what depends on constants only.
        let mut options = ModelOptions::with_all_ops();
        options.enable_optimization(false);
        let mut network = Self::open(name, bytes, threads, &options)?;
        network.steps = Some(network.take_apart(bytes, limit)?);
        Ok(network)
    }

    fn open(
        name: &str,
        bytes: &[u8],
        threads: usize,
        options: &ModelOptions,
    ) -> Result<Self, Error> {
        // A damaged model may break a rule that the runtime only asserts.
        let loaded = catch_unwind(AssertUnwindSafe(|| options.load(bytes.to_vec())));
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
            steps: None,
        })
    }

    fn take_apart(&self, bytes: &[u8], limit: u64) -> Result<Steps, Error> {
        let name = &self.name;
        let fail = |message: String| Error::ModelLoad {
            model: name.clone(),
            message,
        };
        let graph = check::parse(name, bytes)?.graph;
        let graph = graph.ok_or_else(|| fail("it has no graph".into()))?;
        let unbounded: Vec<String> = graph
            .node
            .iter()
            .filter(|node| !bounds::known(node))
            .filter_map(|node| node.op_type.clone())
            .collect::<std::collections::BTreeSet<_>>()
            .into_iter()
            .collect();
        if !unbounded.is_empty() {
            return Err(Error::UnboundedOperators {
                model: name.clone(),
                operators: unbounded,
            });
        }
        let id = |value: &str| {
            let found = self.model.find_node(value);
            found.ok_or_else(|| fail(format!("the runtime does not know the value {value}")))
        };
        let (constant, running): (Vec<NodeProto>, Vec<NodeProto>) = graph
            .node
            .into_iter()
            .partition(|node| node.op_type.as_deref() == Some("Constant"));
        let initial = graph.initializer.iter().filter_map(|t| t.name.as_deref());
        let made = constant
            .iter()
            .flat_map(|n| n.output.iter().map(String::as_str));
        let mut constants = HashMap::new();
        for value in initial.chain(made) {
            // One that nothing uses the runtime may have left out.
            let Some(id) = self.model.find_node(value) else {
                continue;
            };
            let value = self.guarded(|| self.model.run(Vec::new(), &[id], self.options()))?;
            let value = value.first().ok_or_else(|| fail("an empty value".into()))?;
            if constants.insert(id, Seen::of(value)).is_some() {
                return Err(fail("two values have one name".into()));
            }
        }
        let named = |value: Option<&String>| value.map(|v| id(v)).transpose();
        let inputs = graph.input.iter().filter_map(|v| v.name.as_ref());
        let mut inputs = inputs.map(|v| id(v)).collect::<Result<Vec<_>, _>>()?;
        inputs.retain(|id| !constants.contains_key(id));
        let output = graph.output.first().and_then(|v| v.name.as_ref());
        let (Some(&input), Some(output)) = (inputs.first(), named(output)?) else {
            return Err(fail("it has no input or no output".into()));
        };

        // Every value is made once, and before it is used: else the runtime
        // would run more than the one operator it is asked for.
        let mut there: HashSet<NodeId> = constants.keys().copied().collect();
        there.insert(input);
        let mut list = Vec::new();
        for node in running {
            let optional = |v: &String| (!v.is_empty()).then(|| id(v)).transpose();
            let inputs: Vec<_> = node.input.iter().map(optional).collect::<Result<_, _>>()?;
            if !inputs.iter().flatten().all(|id| there.contains(id)) {
                return Err(fail("a value is used before it is made".into()));
            }
            let outputs = node.output.iter().filter(|v| !v.is_empty());
            let outputs: Vec<_> = outputs.map(|v| id(v)).collect::<Result<_, _>>()?;
            if !outputs.iter().all(|&id| there.insert(id)) {
                return Err(fail("a value is made twice".into()));
            }
            list.push(StepNode {
                node,
                inputs,
                outputs,
                dead: Vec::new(),
            });
        }
        // From the end: what nothing uses is left out, and values go after their last use.
        let mut used = HashSet::from([output]);
        for step in list.iter_mut().rev() {
            if step.outputs.iter().any(|id| used.contains(id)) {
                let ids = step.inputs.iter().flatten().chain(&step.outputs).copied();
                step.dead = ids.filter(|&id| used.insert(id)).collect();
            } else {
                step.outputs.clear();
            }
        }
        list.retain(|step| !step.outputs.is_empty());
        Ok(Steps {
            list,
            constants,
            input,
            output,
            limit,
        })
    }

    fn options(&self) -> Option<RunOptions> {
        let mut options = RunOptions::default();
        options.thread_pool = self.pool.clone();
        Some(options)
    }

    /// Runs the runtime, whose panics become errors.
    fn guarded<T>(&self, run: impl FnOnce() -> Result<T, rten::RunError>) -> Result<T, Error> {
        let message = match catch_unwind(AssertUnwindSafe(run)) {
            Ok(Ok(value)) => return Ok(value),
            Ok(Err(error)) => whole(&error),
            Err(_) => "the runtime gave up".into(),
        };
        Err(Error::ModelRun {
            model: self.name.clone(),
            message,
        })
    }

    /// Runs operator by operator, each only if its memory is within the limit.
    fn stepwise(&self, steps: &Steps, input: Value) -> Result<Value, Error> {
        let fail = |message: String| Error::ModelRun {
            model: self.name.clone(),
            message,
        };
        let mut live = bytes(&input);
        let mut values = HashMap::from([(steps.input, input)]);
        for step in &steps.list {
            let operator = step.node.op_type.as_deref().unwrap_or("?");
            let over = |needed: u64| Error::ModelMemory {
                model: self.name.clone(),
                operator: operator.into(),
                needed,
                limit: steps.limit,
            };
            let seen = |id: &NodeId| {
                let computed = values.get(id).map(Seen::of);
                computed.or_else(|| steps.constants.get(id).cloned())
            };
            let inputs: Vec<_> = step
                .inputs
                .iter()
                .map(|i| i.as_ref().and_then(seen))
                .collect();
            let elements = bounds::elements(&step.node, &inputs)
                .map_err(|what| fail(format!("{operator}: {what}")))?;
            // Twice: operators copy inputs that do not lie as they need them.
            let most = elements.saturating_mul(2 * ELEMENT).saturating_add(live);
            if most > steps.limit {
                return Err(over(most));
            }
            let mut given: Vec<(NodeId, ValueOrView)> = Vec::new();
            for &id in step.inputs.iter().flatten() {
                if let Some(value) = values.get(&id)
                    && given.iter().all(|(other, _)| *other != id)
                {
                    given.push((id, value.into()));
                }
            }
            let made = self.guarded(|| self.model.run(given, &step.outputs, self.options()))?;
            for (&id, value) in step.outputs.iter().zip(made) {
                live = live.saturating_add(bytes(&value));
                values.insert(id, value);
            }
            for id in &step.dead {
                if let Some(value) = values.remove(id) {
                    live = live.saturating_sub(bytes(&value));
                }
            }
            if live > steps.limit {
                return Err(over(live));
            }
        }
        match values.remove(&steps.output) {
            Some(value) => Ok(value),
            None => Err(fail("its output does not depend on its input".into())),
        }
    }
}

impl Seen {
    fn of(value: &Value) -> Self {
        let few = value.len() <= bounds::MOST_NUMBERS;
        let numbers = match value {
            Value::FloatTensor(t) if few => Some(t.iter().map(|&v| f64::from(v)).collect()),
            Value::Int32Tensor(t) if few => Some(t.iter().map(|&v| f64::from(v)).collect()),
            _ => None,
        };
        Self {
            shape: value.shape().to_vec(),
            numbers,
        }
    }
}

/// A value's size, with empty axes counted as one.
fn bytes(value: &Value) -> u64 {
    bounds::count(value.shape().iter().copied()).saturating_mul(ELEMENT)
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
        let value = match &self.steps {
            None => self.guarded(|| self.model.run_one(tensor.into(), self.options()))?,
            Some(steps) => self.stepwise(steps, tensor.into())?,
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
