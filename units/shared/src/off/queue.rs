//! Queues of the `off` clock: a ring of entries and their tags.

use crate::entry::{Entry, Tag};
use crate::topology::{Chan, QueueSpec};

/// All queues. There is one for every number, so that none must be checked.
#[derive(Clone, Debug)]
pub(super) struct Queues {
    all: Box<[Queue; 256]>,
    /// How many are queues of the network.
    used: usize,
}

impl Queues {
    pub fn new(specs: &[QueueSpec]) -> Self {
        let queue = |i: usize| specs.get(i).map_or_else(Queue::default, Queue::new);
        Queues {
            all: Box::new(std::array::from_fn(queue)),
            used: specs.len(),
        }
    }

    pub fn iter(&self) -> impl Iterator<Item = &Queue> {
        self.all.iter().take(self.used)
    }
}

impl std::ops::Index<Chan> for Queues {
    type Output = Queue;
    #[inline(always)]
    fn index(&self, q: Chan) -> &Queue {
        &self.all[usize::from(q.0)]
    }
}

impl std::ops::IndexMut<Chan> for Queues {
    #[inline(always)]
    fn index_mut(&mut self, q: Chan) -> &mut Queue {
        &mut self.all[usize::from(q.0)]
    }
}

#[derive(Clone, Debug, Default)]
pub(super) struct Queue {
    /// A power of two of them, so that a count says which one.
    slots: Vec<(Entry, Tag)>,
    /// Unlimited for replies, whose slots the asker has reserved.
    depth: u64,
    pub pushed: u64,
    pub popped: u64,
}

impl Queue {
    pub fn new(spec: &QueueSpec) -> Self {
        Queue {
            slots: vec![(Entry::default(), Tag::default()); spec.depth.next_power_of_two()],
            depth: if spec.reserved {
                u64::MAX
            } else {
                spec.depth as u64
            },
            pushed: 0,
            popped: 0,
        }
    }

    #[inline]
    pub fn len(&self) -> u64 {
        self.pushed - self.popped
    }

    #[inline]
    pub fn is_empty(&self) -> bool {
        self.pushed == self.popped
    }

    /// How many entries can be pushed.
    #[inline]
    pub fn room(&self) -> u64 {
        self.depth - self.len()
    }

    #[inline]
    fn slot(&self, count: u64) -> usize {
        count as usize & (self.slots.len() - 1)
    }

    /// The entry that many pops away, which is there.
    #[inline]
    pub fn ahead(&self, n: u64) -> &(Entry, Tag) {
        &self.slots[self.slot(self.popped + n)]
    }

    #[inline]
    pub fn pop(&mut self) {
        self.popped += 1;
    }

    /// Entries that are pushed and taken again without coming here.
    #[inline]
    pub fn pass(&mut self, n: u64) {
        self.pushed += n;
        self.popped += n;
    }

    #[inline(always)]
    pub fn push(&mut self, entry: Entry, tag: Tag) {
        if self.len() >= self.slots.len() as u64 {
            self.grow();
        }
        let slot = self.slot(self.pushed);
        self.slots[slot] = (entry, tag);
        self.pushed += 1;
    }

    #[cold]
    fn grow(&mut self) {
        let mut slots = vec![(Entry::default(), Tag::default()); 2 * self.slots.len()];
        for count in self.popped..self.pushed {
            let to = count as usize & (slots.len() - 1);
            slots[to] = self.slots[self.slot(count)];
        }
        self.slots = slots;
    }
}
