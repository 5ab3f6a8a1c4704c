//! Allocators that programs bring along, told by the names of their functions, or by their texts where names
//! were stripped.

use std::fmt;

use memchr::memmem;

/// An allocator other than libc's.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Allocator {
    /// Of many servers and, until 2018, of Rust programs.
    Jemalloc,
    /// Of Chromium and what is built on it.
    PartitionAlloc,
    /// Of Microsoft.
    Mimalloc,
    /// Of Google, in both its versions.
    Tcmalloc,
    /// That of the Go language's runtime.
    Go,
}

impl Allocator {
    /// The allocator that a function's name belongs to. Names are as in the symbol table: those of
    /// C++ have the length of each part in front of it.
    pub(crate) fn of_symbol(name: &[u8]) -> Option<Self> {
        let contains = |part: &[u8]| name.windows(part.len()).any(|window| window == part);
        match name {
            b"mallocx" | b"je_malloc" | b"je_mallocx" | b"jemalloc_constructor" => {
                Some(Self::Jemalloc)
            }
            b"mi_malloc" | b"mi_heap_malloc" | b"_mi_malloc_generic" => Some(Self::Mimalloc),
            b"tc_malloc" | b"TCMallocInternalMalloc" => Some(Self::Tcmalloc),
            b"runtime.mallocgc" => Some(Self::Go),
            _ if name.starts_with(b"_rjem_") || name.starts_with(b"je_arena_") => {
                Some(Self::Jemalloc)
            }
            _ if !name.starts_with(b"_Z") => None,
            _ if contains(b"15partition_alloc") => Some(Self::PartitionAlloc),
            _ if contains(b"8tcmalloc") => Some(Self::Tcmalloc),
            _ => None,
        }
    }

    /// The allocator that has a text of its own among a program's constants: a message of its own, or the
    /// name of a figure.
    pub(crate) fn of_constants(constants: &[u8]) -> Option<Self> {
        // Backwards, or this very program would be taken for one that has them all.
        let texts: [(&str, Self); 4] = [
            ("snoititrap/colla_noititrap", Self::PartitionAlloc),
            (" :>collamej<", Self::Jemalloc),
            (" :rorre :collamim", Self::Mimalloc),
            ("setyb_ehcac_daerht_latot_xam.collamct", Self::Tcmalloc),
        ];
        let is_there = |(text, _): &&(&str, Self)| {
            let text: Vec<u8> = text.bytes().rev().collect();
            memmem::find(constants, &text).is_some()
        };
        texts.iter().find(is_there).map(|(_, allocator)| *allocator)
    }

    /// How a program is had without it.
    pub(crate) fn remedy(self) -> &'static str {
        match self {
            Self::Jemalloc => {
                "Build it without jemalloc: many programs have a switch for that (Firefox \
                 --disable-jemalloc, Redis MALLOC=libc), in Rust leave tikv-jemallocator out."
            }
            Self::PartitionAlloc => {
                "Build it with use_partition_alloc_as_malloc=false, or use it as it is: \
                 PartitionAlloc is a hardened allocator itself."
            }
            Self::Mimalloc => {
                "Build it without mimalloc: many programs have a switch for that, in Rust leave \
                 out #[global_allocator]."
            }
            Self::Tcmalloc => "Build it without tcmalloc: leave out -ltcmalloc.",
            Self::Go => "Only the parts in C can be protected; Go checks its own memory.",
        }
    }
}

impl fmt::Display for Allocator {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Jemalloc => "jemalloc",
            Self::PartitionAlloc => "PartitionAlloc",
            Self::Mimalloc => "mimalloc",
            Self::Tcmalloc => "tcmalloc",
            Self::Go => "the allocator of Go",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_allocators() {
        let known: [(&str, Option<Allocator>); 9] = [
            ("je_malloc", Some(Allocator::Jemalloc)),
            ("_rjem_mallocx", Some(Allocator::Jemalloc)),
            ("mi_malloc", Some(Allocator::Mimalloc)),
            ("tc_malloc", Some(Allocator::Tcmalloc)),
            ("_ZN8tcmalloc17tcmalloc_internal7SizeMapE", Some(Allocator::Tcmalloc)),
            ("_ZN15partition_alloc13PartitionRoot5AllocEm", Some(Allocator::PartitionAlloc)),
            ("runtime.mallocgc", Some(Allocator::Go)),
            ("malloc", None),
            ("mi_mallocator", None),
        ];
        for (name, allocator) in known {
            assert_eq!(Allocator::of_symbol(name.as_bytes()), allocator, "{name}");
        }
    }

    #[test]
    fn texts_tell_allocators() {
        let found = Allocator::of_constants(b"a\0<jemalloc>: Out of memory\0b");
        assert_eq!(found, Some(Allocator::Jemalloc));
        assert_eq!(Allocator::of_constants(b"jemalloc, partition_alloc, mimalloc, tcmalloc"), None);
    }
}
