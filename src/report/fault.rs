//! The closed list of faults and the facts that a report can state about one.
#![forbid(unsafe_code)]

use static_assertions::const_assert;

/// What went wrong.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    /// The allocation was freed before.
    Freed,
    /// The address lies inside an allocation's slot, not at its start.
    Interior,
    /// The address is not aligned as every allocation is.
    Unaligned,
    /// The address is ours, but no allocation ever was there.
    NeverAllocated,
    /// The address is in the area that only zero-size allocations come from, but is none of them.
    ZeroSize,
    /// The address belongs to somebody else: another allocator, a stack, a library's data.
    Foreign,
    /// No program can have memory at this address.
    Wild,
    /// The secret bytes behind the allocation were overwritten.
    CanaryOverwritten,
    /// Bytes between the requested size and the secret bytes were written.
    SlackOverwritten,
    /// The secret bytes before the allocation were overwritten.
    Underflow,
    /// Freed memory was written.
    WriteAfterFree,
    /// Memory was written that was never handed out.
    UnusedWritten,
    /// The size stated at the free is not the size of the request.
    SizeMismatch,
    /// The alignment stated at the free cannot be that of the request.
    AlignmentMismatch,
    /// Allocated by one family of functions and freed by another.
    TypeMismatch,
    /// Memory beyond the end of a block was touched.
    TouchPast,
    /// Memory in front of a block was touched.
    TouchBefore,
    /// A freed block was touched.
    TouchFreed,
    /// A guard page among small blocks was touched.
    TouchGuard,
    /// Our own records contradict each other.
    CorruptedState,
    /// There is no memory and the options say to stop.
    OutOfMemory,
    /// The limit on resident memory is reached and the options say to stop.
    MemoryLimit,
    /// The library cannot set itself up.
    StartUp,
    /// A check of our own logic failed.
    Internal,
}

/// What the program, or we on its behalf, were doing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Operation {
    /// `malloc` or any other function that allocates.
    Allocate,
    /// `realloc` and `reallocarray`.
    Realloc,
    /// `free`.
    Free,
    /// `free_sized`.
    FreeSized,
    /// `free_aligned_sized`.
    FreeAlignedSized,
    /// `operator delete`.
    Delete,
    /// `operator delete[]`.
    DeleteArray,
    /// `malloc_usable_size`.
    UsableSize,
    /// Another question about an allocation.
    Query,
    /// The check of everything at exit.
    Sweep,
    /// A thread's cached memory going back when the thread ends.
    ThreadExit,
    /// Setting up at start.
    Start,
    /// A load or store of the program.
    Access,
}

/// The family of functions that an allocation came from or went to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Family {
    /// `malloc` and `free`.
    Malloc,
    /// `operator new` and `operator delete`.
    New,
    /// `operator new[]` and `operator delete[]`.
    NewArray,
}

/// The state in which an allocation's record was found.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum State {
    /// In the program's hands.
    Live,
    /// Freed and withheld from reuse.
    Quarantined,
    /// Freed and ready for reuse.
    Free,
    /// Never handed out since its page was last committed.
    Fresh,
    /// Never to be used: under a guard page.
    Dead,
}

/// Where an allocation is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Place {
    /// A slot of a slab.
    Slot {
        /// The slot, counted from the slab's first.
        slot: u32,
        /// The slab, counted from the first of its class in its arena.
        slab: u32,
        /// The arena.
        arena: u32,
    },
    /// A mapping of its own.
    Large,
}

/// The allocation, or the slot, that an address belongs to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Block {
    /// Where it is.
    pub(crate) place: Place,
    /// Bytes of a slot of this class, or of the mapping.
    pub(crate) size: usize,
    /// Bytes the program asked for, where that is known.
    pub(crate) requested: Option<usize>,
    /// Bytes from the block's start to the faulting address.
    pub(crate) offset: usize,
}

/// What was found, beyond the kind of fault.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Evidence {
    /// Nothing to add.
    None,
    /// Secret bytes as they should be and as they are.
    Canary {
        /// As written by us.
        expected: [u8; 8],
        /// As found.
        found: [u8; 8],
    },
    /// Bytes that should be zero and are not.
    Changed {
        /// Bytes from the block's start to the first such byte.
        offset: usize,
        /// Eight bytes from there on; fewer where the memory ends.
        found: [u8; 8],
        /// How many of them count.
        len: u8,
    },
    /// Bytes in front of the block that should be zero and are not.
    ChangedBefore {
        /// Bytes from the first such byte to the block's start.
        distance: usize,
        /// Bytes from there on.
        found: [u8; 8],
        /// How many of them count.
        len: u8,
    },
    /// How far outside a block an address is.
    Outside {
        /// Bytes from the block's end, or to its start.
        distance: usize,
        /// Whether it is beyond the end.
        is_past: bool,
    },
    /// Where an address is that lies next to a block, in what belongs to it.
    Beside {
        /// Where the block starts.
        start: usize,
        /// Bytes from the block's end, or to its start.
        distance: usize,
        /// Whether it is beyond the end.
        is_past: bool,
        /// Whether it is in the guard, and not in the block's own pages.
        is_guard: bool,
    },
    /// Sizes, in bytes.
    Sizes {
        /// As stated by the caller.
        claimed: usize,
        /// As requested when it was allocated.
        real: usize,
    },
    /// Alignments, in bytes.
    Alignments {
        /// As stated by the caller.
        claimed: usize,
        /// The largest that the address has; what was asked for is not recorded.
        had: usize,
    },
    /// Families of functions.
    Families {
        /// The one used now.
        freed_by: Family,
        /// The one it was allocated by.
        allocated_by: Family,
    },
    /// A request that could not be met.
    Request {
        /// Bytes asked for.
        bytes: usize,
        /// What the kernel said, or zero.
        errno: i32,
    },
    /// A reason in words.
    Reason {
        /// The words.
        text: &'static str,
        /// What the kernel said, or zero.
        errno: i32,
    },
}

/// A fault and everything known about it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Fault {
    /// What went wrong.
    pub(crate) kind: Kind,
    /// While doing what.
    pub(crate) operation: Operation,
    /// The state the block was found in.
    pub(crate) state: Option<State>,
    /// The address in question; zero when there is none.
    pub(crate) address: usize,
    /// The block that `address` belongs to.
    pub(crate) block: Option<Block>,
    /// What was found.
    pub(crate) evidence: Evidence,
}

// Small enough for the error half of a `Result` on paths that are checked often.
const_assert!(size_of::<Fault>() <= 128);

/// What a thread did to the block of a fault earlier.
#[derive(Clone, Copy)]
pub(crate) struct History<'a> {
    /// What: `allocated` or `freed`.
    pub(crate) did: &'static str,
    /// The thread's id.
    pub(crate) thread: u32,
    /// Its calls then, the innermost first.
    pub(crate) calls: &'a [usize],
}

impl Fault {
    /// A fault without any further facts.
    pub(crate) const fn new(kind: Kind, operation: Operation, address: usize) -> Self {
        let evidence = Evidence::None;
        Self { kind, operation, address, block: None, state: None, evidence }
    }

    /// The same fault, in `block`.
    pub(crate) const fn in_block(self, block: Block) -> Self {
        Self { block: Some(block), ..self }
    }

    /// The same fault, with the block found in `state`.
    pub(crate) const fn in_state(self, state: State) -> Self {
        Self { state: Some(state), ..self }
    }

    /// The same fault, with what was found.
    pub(crate) const fn with(self, evidence: Evidence) -> Self {
        Self { evidence, ..self }
    }
}

impl Operation {
    /// The function, as a C or C++ programmer writes it.
    pub(crate) const fn text(self) -> &'static str {
        match self {
            Self::Allocate => "allocation",
            Self::Realloc => "realloc",
            Self::Free => "free",
            Self::FreeSized => "free_sized",
            Self::FreeAlignedSized => "free_aligned_sized",
            Self::Delete => "delete",
            Self::DeleteArray => "delete[]",
            Self::UsableSize => "malloc_usable_size",
            Self::Query => "query",
            Self::Sweep => "check at exit",
            Self::ThreadExit => "thread exit",
            Self::Start => "start",
            Self::Access => "access",
        }
    }
}

impl Family {
    /// The function which allocates.
    pub(crate) const fn allocates(self) -> &'static str {
        match self {
            Self::Malloc => "malloc",
            Self::New => "new",
            Self::NewArray => "new[]",
        }
    }

    /// The function which frees.
    pub(crate) const fn frees(self) -> &'static str {
        match self {
            Self::Malloc => "free",
            Self::New => "delete",
            Self::NewArray => "delete[]",
        }
    }
}

impl State {
    /// The state in words.
    pub(crate) const fn text(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Quarantined => "freed, in quarantine",
            Self::Free => "freed, ready for reuse",
            Self::Fresh => "never handed out",
            Self::Dead => "unusable, under a guard page",
        }
    }
}
