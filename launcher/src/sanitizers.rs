//! Compilers' sanitizers that come with an allocator of their own, told by what a program that is built with one
//! needs.

use std::fmt;

/// A sanitizer with its own allocator.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Sanitizer {
    /// Finds bad accesses.
    Address,
    /// The same by tags in pointers.
    HardwareAddress,
    /// Finds leaks.
    Leak,
    /// Finds reads of what was never written.
    Memory,
    /// Finds data races.
    Thread,
}

/// Each with what its library and its functions are called after.
const ALL: [(Sanitizer, &str); 5] = [
    (Sanitizer::Address, "asan"),
    (Sanitizer::HardwareAddress, "hwasan"),
    (Sanitizer::Leak, "lsan"),
    (Sanitizer::Memory, "msan"),
    (Sanitizer::Thread, "tsan"),
];

impl Sanitizer {
    /// That of a library: gcc's `libasan.so.8`, or clang's `libclang_rt.asan-x86_64.so`.
    pub(crate) fn of_library(name: &[u8]) -> Option<Self> {
        let name = str::from_utf8(name).ok()?;
        let short = match name.strip_prefix("libclang_rt.") {
            Some(rest) => rest.split(['-', '.']).next()?,
            None => name.strip_prefix("lib")?.split_once(".so")?.0,
        };
        ALL.iter().find(|(_, own)| *own == short).map(|(sanitizer, _)| *sanitizer)
    }

    /// That of a function that is called first of all.
    pub(crate) fn of_symbol(name: &[u8]) -> Option<Self> {
        let short = str::from_utf8(name).ok()?.strip_prefix("__")?.strip_suffix("_init")?;
        ALL.iter().find(|(_, own)| *own == short).map(|(sanitizer, _)| *sanitizer)
    }

    /// What becomes of a program that has another allocator preloaded.
    fn consequence(self) -> &'static str {
        match self {
            Self::Leak => "finds no leaks",
            _ => "stops at its start",
        }
    }
}

impl fmt::Display for Sanitizer {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, flag) = match self {
            Self::Address => ("AddressSanitizer", "address"),
            Self::HardwareAddress => ("HWAddressSanitizer", "hwaddress"),
            Self::Leak => ("LeakSanitizer", "leak"),
            Self::Memory => ("MemorySanitizer", "memory"),
            Self::Thread => ("ThreadSanitizer", "thread"),
        };
        let what = self.consequence();
        write!(
            out,
            "is built with {name}, whose own allocator has to stay: with another one preloaded it \
             {what}. Run it without starmalloc, or use a build without -fsanitize={flag}."
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn libraries_and_functions_tell_sanitizers() {
        for (name, sanitizer) in [
            ("libasan.so.8", Some(Sanitizer::Address)),
            ("libclang_rt.asan-x86_64.so", Some(Sanitizer::Address)),
            ("libclang_rt.hwasan.so", Some(Sanitizer::HardwareAddress)),
            ("liblsan.so.0", Some(Sanitizer::Leak)),
            ("libtsan.so.2", Some(Sanitizer::Thread)),
            ("libubsan.so.1", None),
            ("libasanitizer.so.1", None),
        ] {
            assert_eq!(Sanitizer::of_library(name.as_bytes()), sanitizer, "{name}");
        }
        assert_eq!(Sanitizer::of_symbol(b"__msan_init"), Some(Sanitizer::Memory));
        assert_eq!(Sanitizer::of_symbol(b"__asan_init"), Some(Sanitizer::Address));
        assert_eq!(Sanitizer::of_symbol(b"__asan_default_options"), None);
    }
}
