//! Faults in words. The first line's form is relied upon by tools that read logs.
#![forbid(unsafe_code)]

use super::fault::{Block, Evidence, Fault, Kind, Operation, Place, State};
use super::line::Line;

/// Whether the process goes on after the report.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Outcome {
    /// It stops.
    Stop,
    /// It goes on, because the options say so.
    GoOn,
}

/// Where the kinds of fault are explained, one heading a kind.
const DOCUMENT: &str = "docs/faults.md#";

/// Starts a line of facts. The names are padded so that the facts line up.
pub(super) fn fact(name: &str) -> Line {
    const PADDED: usize = 9;
    let mut line = Line::new();
    line.text("starmalloc:   ").text(name);
    for _ in name.len()..PADDED {
        line.text(" ");
    }
    line
}

/// The first line: the fault, and unless `is_secure`, the address and the size involved.
pub(super) fn headline(fault: &Fault, outcome: Outcome, is_secure: bool) -> Line {
    let mut line = Line::new();
    line.text(match outcome {
        Outcome::Stop => "starmalloc: fatal: ",
        Outcome::GoOn => "starmalloc: fault: ",
    });
    let joint = kind(fault, &mut line);
    if is_secure {
        return line;
    }
    if fault.address != 0 && !joint.is_empty() {
        line.text(" ").text(joint).text(" ").hex(fault.address);
    }
    if let Some(detail) = fault.kind.detail() {
        line.text(" (").text(detail).text(")");
    }
    match fault.evidence {
        Evidence::Request { bytes, .. } => line.text(", request for ").count(bytes).text(" bytes"),
        Evidence::Reason { text, .. } => line.text(": ").text(text),
        _ => &mut line,
    };
    line
}

/// Appends the kind of fault and returns the word that joins an address to it.
fn kind(fault: &Fault, line: &mut Line) -> &'static str {
    let operation = fault.operation.text();
    let with_operation = |line: &mut Line, words: &str| {
        line.text(words).text(" ").text(operation);
        "of"
    };
    let plain = |line: &mut Line, words: &str, joint: &'static str| {
        line.text(words);
        joint
    };
    match fault.kind {
        Kind::Freed => match fault.operation {
            Operation::Realloc | Operation::UsableSize | Operation::Query => {
                plain(line, operation, "");
                plain(line, " of freed memory", "at")
            }
            _ => plain(line, "double free", "of"),
        },
        Kind::Interior
        | Kind::Unaligned
        | Kind::NeverAllocated
        | Kind::ZeroSize
        | Kind::Foreign
        | Kind::Wild => with_operation(line, "invalid"),
        Kind::CanaryOverwritten => plain(line, "overflow, canary overwritten", "behind"),
        Kind::SlackOverwritten => plain(line, "overflow past the requested size", "of"),
        Kind::Underflow => plain(line, "underflow, canary overwritten", "before"),
        Kind::WriteAfterFree => plain(line, "write after free", "to"),
        Kind::UnusedWritten => plain(line, "write to unused memory", "at"),
        Kind::SizeMismatch => with_operation(line, "size mismatch in"),
        Kind::AlignmentMismatch => with_operation(line, "alignment mismatch in"),
        Kind::TypeMismatch => with_operation(line, "type mismatch in"),
        Kind::TouchPast => plain(line, "access past the end", "at"),
        Kind::TouchBefore => plain(line, "access before the start", "at"),
        Kind::TouchFreed => plain(line, "access after free", "at"),
        Kind::TouchGuard => plain(line, "access to a guard page", "at"),
        Kind::CorruptedState => plain(line, "corrupted state", "of"),
        Kind::OutOfMemory => plain(line, "out of memory", "at"),
        Kind::MemoryLimit => plain(line, "limit on resident memory reached", "at"),
        Kind::StartUp => plain(line, "start-up failed", "at"),
        Kind::Internal => plain(line, "internal error", "at"),
    }
}

/// The block: its class or mapping, place and requested size.
pub(super) fn block(block: &Block) -> Line {
    let mut line = fact("block");
    match block.place {
        Place::Slot { slot, slab, arena } => {
            line.count(block.size).text("-byte class (slot ").decimal(u64::from(slot));
            line.text(" of slab ").decimal(u64::from(slab));
            line.text(", arena ").decimal(u64::from(arena)).text(")");
        }
        Place::Large => {
            line.text("large, ").count(block.size).text(" bytes");
        }
    }
    if let Some(requested) = block.requested {
        line.text(", requested ").count(requested);
    }
    line
}

/// The block's state, and how far into it the address lies.
pub(super) fn state(fault: &Fault) -> Option<Line> {
    let mut line = fact("state");
    match (fault.state, fault.block) {
        (None, None) => return None,
        (Some(state), None) => line.text(state.text()),
        // It is not inside: the evidence says where.
        (Some(state), Some(_))
            if matches!(fault.evidence, Evidence::Outside { .. } | Evidence::Beside { .. }) =>
        {
            line.text(state.text())
        }
        (None, Some(block)) => line.count(block.offset).text(" bytes into the block"),
        (Some(state), Some(block)) => {
            line.text(state.text()).text("; ").count(block.offset).text(" bytes into the block")
        }
    };
    Some(line)
}

/// What was found. One line in one place, whichever it is: the stack may be short.
pub(super) fn evidence(evidence: &Evidence) -> Option<Line> {
    let mut line = fact(evidence.name()?);
    match *evidence {
        Evidence::None => {}
        Evidence::Canary { expected, found } => {
            line.text("expected ").dump(&expected).text(", found ").dump(&found);
            line.text(" \"").printable(&found).text("\"");
        }
        Evidence::Changed { offset, found, len } => {
            let found = found.get(..usize::from(len)).unwrap_or(&found);
            line.text("byte ").count(offset).text(" of the block: expected zeros, found ");
            line.dump(found).text(" \"").printable(found).text("\"");
        }
        Evidence::ChangedBefore { distance, found, len } => {
            let found = found.get(..usize::from(len)).unwrap_or(&found);
            line.count(distance).text(" bytes before the block: expected zeros, found ");
            line.dump(found).text(" \"").printable(found).text("\"");
        }
        Evidence::Outside { distance, is_past } => {
            line.count(distance).text(" bytes ");
            line.text(if is_past { "past the end" } else { "before the start" });
            line.text(" of the block");
        }
        Evidence::Beside { start, distance, is_past, is_guard } => {
            line.count(distance).text(" bytes ");
            line.text(if is_past { "past the end" } else { "before the start" });
            line.text(" of the block at ").hex(start);
            line.text(if is_guard { ", in its guard" } else { "" });
        }
        Evidence::Sizes { claimed, real } => {
            line.text("the caller states ").count(claimed).text(" bytes, allocated were ");
            line.count(real);
        }
        Evidence::Alignments { claimed, had } => {
            line.text("the caller states ").count(claimed).text(" bytes");
            if !claimed.is_power_of_two() {
                line.text(", which is no power of two");
            } else if claimed > had {
                line.text("; the address is a multiple of ").count(had).text(" only");
            } else {
                line.text("; no block of this size and that alignment is ever put here");
            }
        }
        Evidence::Families { freed_by, allocated_by } => {
            line.text("freed by ").text(freed_by.frees());
            line.text(", allocated by ").text(allocated_by.allocates());
        }
        Evidence::Request { errno, .. } | Evidence::Reason { errno, .. } => {
            line.decimal(u64::from(errno.unsigned_abs()));
        }
    }
    Some(line)
}

impl Evidence {
    /// The name of the fact, if there is one.
    const fn name(&self) -> Option<&'static str> {
        Some(match self {
            Self::None | Self::Request { errno: 0, .. } | Self::Reason { errno: 0, .. } => {
                return None;
            }
            Self::Canary { .. } => "canary",
            Self::Changed { .. } | Self::ChangedBefore { .. } => "changed",
            Self::Outside { .. } => "touched",
            Self::Beside { .. } => "beside",
            Self::Sizes { .. } => "sizes",
            Self::Alignments { .. } => "aligned",
            Self::Families { .. } => "types",
            Self::Request { .. } | Self::Reason { .. } => "errno",
        })
    }
}

/// The calling thread and its process.
pub(super) fn thread(tid: u32, thread: &[u8], pid: u32, process: &[u8]) -> Line {
    let mut line = fact("thread");
    line.text("tid ").decimal(u64::from(tid)).name(thread);
    line.text(", pid ").decimal(u64::from(pid)).name(process);
    line.text(", starmalloc ").text(env!("CARGO_PKG_VERSION"));
    line
}

/// Advice, where there is some.
pub(super) fn note(fault: &Fault) -> Option<Line> {
    let advice = match fault.kind {
        Kind::CanaryOverwritten | Kind::SlackOverwritten => {
            "the program wrote past the end of this block some time before"
        }
        Kind::Underflow => {
            "the program wrote past the end of the block before, or in front of this one"
        }
        Kind::WriteAfterFree => {
            "the program wrote to this block after it was freed, or past its end before"
        }
        Kind::UnusedWritten => {
            "the program wrote here before any block was: past the end of another one, or by a pointer gone astray"
        }
        Kind::Foreign => "the memory is not ours; does the program mix allocators?",
        Kind::SizeMismatch | Kind::AlignmentMismatch => {
            "STARMALLOC_OPTIONS=sized_free_check=off turns this check off"
        }
        Kind::TypeMismatch => "STARMALLOC_OPTIONS=type_mismatch_check=off turns this check off",
        Kind::OutOfMemory => {
            "is it memory, address space (ulimit -v), or mappings (vm.max_map_count)?"
        }
        Kind::MemoryLimit => "the limit is the option rss_limit_mb",
        Kind::StartUp if matches!(fault.evidence, Evidence::Reason { errno: 0, .. }) => {
            "STARMALLOC_OPTIONS=bad_option=warn goes on without them"
        }
        Kind::StartUp => "is there a limit on address space (ulimit -v), or a system call filter?",
        Kind::CorruptedState | Kind::Internal => {
            "memory of the allocator was overwritten, or this is a bug in starmalloc"
        }
        Kind::Freed if fault.state == Some(State::Fresh) => {
            "its memory went back to the system since it was freed"
        }
        Kind::Freed if fault.block.is_some_and(|block| block.offset > 0) => {
            "a block that started there was freed before; its place is part of this one now"
        }
        _ => return None,
    };
    let mut line = fact("note");
    line.text(advice);
    Some(line)
}

/// Where to read more.
pub(super) fn see(kind: Kind) -> Line {
    let mut line = fact("see");
    line.text(DOCUMENT).text(kind.heading());
    line
}

impl Kind {
    /// What the first line adds in parentheses.
    const fn detail(self) -> Option<&'static str> {
        Some(match self {
            Self::Interior => "inside an allocation",
            Self::Unaligned => "not aligned",
            Self::NeverAllocated => "never allocated",
            Self::ZeroSize => "not an allocation of size zero",
            Self::Foreign => "not from this allocator",
            Self::Wild => "not a valid address",
            _ => return None,
        })
    }

    /// The heading of the kind in the document.
    pub(super) const fn heading(self) -> &'static str {
        match self {
            Self::Freed => "double-free",
            Self::Interior
            | Self::Unaligned
            | Self::NeverAllocated
            | Self::ZeroSize
            | Self::Wild => "invalid-free",
            Self::Foreign => "foreign-pointer",
            Self::CanaryOverwritten | Self::SlackOverwritten => "overflow",
            Self::Underflow => "underflow",
            Self::WriteAfterFree => "write-after-free",
            Self::UnusedWritten => "write-to-unused-memory",
            Self::SizeMismatch => "size-mismatch",
            Self::AlignmentMismatch => "alignment-mismatch",
            Self::TypeMismatch => "type-mismatch",
            Self::TouchPast | Self::TouchBefore => "access-out-of-bounds",
            Self::TouchFreed => "access-after-free",
            Self::TouchGuard => "access-to-a-guard-page",
            Self::CorruptedState => "corrupted-state",
            Self::OutOfMemory | Self::MemoryLimit => "out-of-memory",
            Self::StartUp => "start-up",
            Self::Internal => "internal-error",
        }
    }
}
