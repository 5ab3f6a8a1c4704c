//! A Rust program on starmalloc's C interface. With an argument, a layout that is not the block's.

use std::alloc::{GlobalAlloc, Layout};
use std::ffi::c_void;

#[link(name = "starmalloc")]
unsafe extern "C" {
    fn malloc(bytes: usize) -> *mut c_void;
    fn calloc(count: usize, bytes: usize) -> *mut c_void;
    fn realloc(block: *mut c_void, bytes: usize) -> *mut c_void;
    fn aligned_alloc(align: usize, bytes: usize) -> *mut c_void;
    fn free_sized(block: *mut c_void, bytes: usize);
    fn free_aligned_sized(block: *mut c_void, align: usize, bytes: usize);
}

/// The alignment that malloc gives by itself.
const ENOUGH: usize = 16;

struct Starmalloc;

// SAFETY: the library keeps malloc's promises, which are those of this trait.
unsafe impl GlobalAlloc for Starmalloc {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if layout.align() <= ENOUGH {
            unsafe { malloc(layout.size()).cast() }
        } else {
            unsafe { aligned_alloc(layout.align(), layout.size()).cast() }
        }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        if layout.align() <= ENOUGH {
            unsafe { calloc(1, layout.size()).cast() }
        } else {
            let block = unsafe { self.alloc(layout) };
            if !block.is_null() {
                unsafe { block.write_bytes(0, layout.size()) };
            }
            block
        }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, bytes: usize) -> *mut u8 {
        if layout.align() <= ENOUGH {
            return unsafe { realloc(block.cast(), bytes).cast() };
        }
        let moved = unsafe { aligned_alloc(layout.align(), bytes).cast::<u8>() };
        if !moved.is_null() {
            unsafe { moved.copy_from_nonoverlapping(block, layout.size().min(bytes)) };
            unsafe { self.dealloc(block, layout) };
        }
        moved
    }

    // The sizes are checked: a layout that is not the block's is reported.
    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        if layout.align() <= ENOUGH {
            unsafe { free_sized(block.cast(), layout.size()) }
        } else {
            unsafe { free_aligned_sized(block.cast(), layout.align(), layout.size()) }
        }
    }
}

#[global_allocator]
static ALLOCATOR: Starmalloc = Starmalloc;

// End of the snippet.

#[repr(align(256))]
struct Wide([u8; 256]);

fn main() {
    let tables: std::collections::BTreeMap<String, Vec<usize>> =
        (0..1000).map(|i| (i.to_string(), (0..i).collect())).collect();
    let sum: usize = tables.values().flatten().sum();
    let mut wide: Vec<Wide> = Vec::new();
    for byte in 0..100 {
        wide.push(Wide([byte; 256]));
    }
    assert!(wide.iter().zip(0..).all(|(row, byte)| row.0 == [byte; 256]));
    assert_eq!(std::ptr::from_ref(&wide[0]).addr() % 256, 0);
    let zeroed = vec![0u8; 1 << 20];
    assert!(zeroed.iter().all(|byte| *byte == 0));
    let others = std::thread::spawn(move || tables.len()).join().expect("it does not panic");
    println!("{sum} in {others}");
    if std::env::args().len() > 1 {
        let block = Box::into_raw(Box::new([0u8; 40]));
        let other = Layout::new::<[u8; 4000]>();
        unsafe { std::alloc::dealloc(block.cast(), other) };
    }
}
