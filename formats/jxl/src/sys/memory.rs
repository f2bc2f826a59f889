//! A memory manager that stops at a limit.

use std::alloc::{Layout, alloc, dealloc};
use std::ffi::c_void;
use std::ptr::null_mut;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use jpegxl_rs::memory::MemoryManager;
use jpegxl_sys::common::memory_manager::{JpegxlAllocFunc, JpegxlFreeFunc};

/// In front of each block: its whole size. As long as the alignment of `malloc`, which libjxl
/// expects.
const HEAD: usize = 16;

/// Counts what libjxl has allocated, and refuses what would go over the limit; libjxl turns that
/// into an error.
#[derive(Debug)]
pub(crate) struct CappedMemory {
    limit: usize,
    used: AtomicUsize,
    most: AtomicUsize,
    refused: AtomicBool,
}

impl CappedMemory {
    /// At most `limit` bytes at a time. libjxl keeps the address, hence the box.
    pub(crate) fn new(limit: usize) -> Box<Self> {
        Box::new(Self {
            limit,
            used: AtomicUsize::new(0),
            most: AtomicUsize::new(0),
            refused: AtomicBool::new(false),
        })
    }

    /// Whether something was refused.
    pub(crate) fn refused(&self) -> bool {
        self.refused.load(Ordering::Relaxed)
    }

    /// The most bytes that were in use at a time.
    #[cfg(test)]
    fn most(&self) -> usize {
        self.most.load(Ordering::Relaxed)
    }

    fn take(&self, size: usize) -> *mut u8 {
        let refuse = || {
            self.refused.store(true, Ordering::Relaxed);
            null_mut()
        };
        let Some(whole) = size.checked_add(HEAD) else {
            return refuse();
        };
        let Ok(layout) = Layout::from_size_align(whole, HEAD) else {
            return refuse();
        };
        let reserved = self
            .used
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |used| {
                used.checked_add(whole).filter(|used| *used <= self.limit)
            });
        let Ok(before) = reserved else {
            return refuse();
        };
        self.most.fetch_max(before + whole, Ordering::Relaxed);
        // SAFETY: `layout` is not empty, it has at least `HEAD` bytes.
        let block = unsafe { alloc(layout) };
        if block.is_null() {
            self.used.fetch_sub(whole, Ordering::Relaxed);
            return refuse();
        }
        // SAFETY: the block has `HEAD` bytes or more, enough for a size, and is aligned for it;
        // what is behind them is still inside the block (or at its end, for no bytes).
        unsafe {
            block.cast::<usize>().write(whole);
            block.add(HEAD)
        }
    }

    /// # Safety
    /// `address` is null or came from [`Self::take`] of this manager and was not given before.
    unsafe fn give(&self, address: *mut u8) {
        if address.is_null() {
            return;
        }
        // SAFETY: by the caller's promise there is a head in front, written by `take`, and the
        // block was allocated with this layout, which was valid then.
        unsafe {
            let block = address.sub(HEAD);
            let whole = block.cast::<usize>().read();
            dealloc(block, Layout::from_size_align_unchecked(whole, HEAD));
            self.used.fetch_sub(whole, Ordering::Relaxed);
        }
    }
}

unsafe extern "C-unwind" fn take(opaque: *mut c_void, size: usize) -> *mut c_void {
    // SAFETY: libjxl passes on the pointer of `MemoryManager::manager`, made from a reference to
    // a boxed `CappedMemory` that outlives the handle; only shared access, on any thread.
    let memory = unsafe { &*opaque.cast_const().cast::<CappedMemory>() };
    memory.take(size).cast()
}

unsafe extern "C-unwind" fn give(opaque: *mut c_void, address: *mut c_void) {
    // SAFETY: as in `take`; libjxl frees what it got from there, once.
    unsafe {
        let memory = &*opaque.cast_const().cast::<CappedMemory>();
        memory.give(address.cast());
    }
}

impl MemoryManager for CappedMemory {
    fn alloc(&self) -> JpegxlAllocFunc {
        take
    }

    fn free(&self) -> JpegxlFreeFunc {
        give
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_counted_and_the_limit_holds() {
        let memory = CappedMemory::new(1000);
        let first = memory.take(484);
        assert!(!first.is_null() && first.addr().is_multiple_of(HEAD));
        let second = memory.take(484);
        assert!(!second.is_null() && !memory.refused());
        assert!(memory.take(0).is_null() && memory.refused());
        // SAFETY: both came from this manager, each is given once; null is allowed.
        unsafe {
            memory.give(first);
            memory.give(second);
            memory.give(null_mut());
        }
        assert_eq!(
            (memory.used.load(Ordering::Relaxed), memory.most()),
            (0, 1000)
        );
        assert!(memory.take(usize::MAX).is_null() && memory.take(usize::MAX - HEAD).is_null());
    }
}
