//! Data errors that a stream keeps until its program asks for them.
//!
//! The unit that produces the data runs ahead of the sequencer, and nothing interrupts it. So
//! that a program can still catch what is wrong with its data, a *sticky* stream does not trap:
//! it writes what fits, drops what follows, and says so in the reply to `size`. What only this
//! machine is too small for is no data error, and traps.

use orrery_shared::TrapCode;

use crate::fault::Refusal;
use crate::stream::Stream;
use crate::writer::{Job, Plan};

/// A data error that a sticky stream keeps; its number is the high half of the reply to `size`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u32)]
pub enum DataError {
    /// More was appended than the stream holds.
    Excess = 1,
    /// A copy from where nothing is.
    NoSource = 2,
    /// A place outside the stream or its index map.
    Outside = 3,
}

impl DataError {
    /// The error behind a refusal, if data can be at fault.
    fn of(refusal: &Refusal) -> Option<Self> {
        match refusal.code {
            TrapCode::Capacity => Some(DataError::Excess),
            TrapCode::BadOperand => Some(DataError::NoSource),
            TrapCode::Bounds => Some(DataError::Outside),
            _ => None,
        }
    }
}

/// What becomes of a job.
pub(crate) struct Planned {
    /// The part that is done.
    pub(crate) job: Job,
    pub(crate) plan: Plan,
    /// Bytes and elements of the whole, which are charged.
    pub(crate) asked: (u64, u64),
    pub(crate) error: Option<DataError>,
}

impl Stream {
    /// Works out a job.
    pub(crate) fn plan(&self, job: Job) -> Result<Planned, Refusal> {
        let asked = self.writer.measure(job);
        let (job, plan, error) = match (self.error, self.writer.plan(job)) {
            (None, Ok(plan)) => (job, plan, None),
            (None, Err(refusal)) => {
                let error = self.kept(refusal)?;
                let part = self.part(job, error);
                (part, self.writer.plan(part)?, Some(error))
            }
            (error, _) => (NOTHING, self.writer.plan(NOTHING)?, error),
        };
        Ok(Planned {
            job,
            plan,
            asked,
            error,
        })
    }

    /// The error that this stream keeps instead of trapping with a refusal.
    pub(crate) fn kept(&self, refusal: Refusal) -> Result<DataError, Refusal> {
        match DataError::of(&refusal) {
            Some(error) if self.sticky && !refusal.limit => Ok(error),
            _ => Err(refusal),
        }
    }

    /// The part of a job that can be done.
    fn part(&self, job: Job, error: DataError) -> Job {
        if error != DataError::Excess {
            return NOTHING;
        }
        let room = self.writer.capacity - self.writer.position;
        let units = room / u64::from(self.writer.kind.unit);
        let texels = room / u64::from(self.writer.kind.texel);
        let least = |n: u32, most: u64| u64::from(n).min(most) as u32;
        match job {
            Job::Units(values, count) => Job::Units(values, least(count as u32, units) as usize),
            Job::Repeat { value, times } => Job::Repeat {
                value,
                times: least(times, units),
            },
            Job::Copy { distance, length } => Job::Copy {
                distance,
                length: least(length, texels),
            },
            Job::Skip { units: n } => Job::Skip {
                units: least(n, units),
            },
            Job::Word(_) => NOTHING,
        }
    }
}

const NOTHING: Job = Job::Units([0; 4], 0);
