//! Where this library itself lies in memory.

use super::processor::link::own_address;

// The linker defines the first three. The others stand where this library's code begins: assembly comes
// before all functions, in each kind of section that those are put into, and what linkers lay behind the
// rarely used ones of all files begins at the last.
core::arch::global_asm!(
    ".hidden __ehdr_start",
    ".hidden _end",
    ".hidden etext",
    ".pushsection .text, \"ax\"",
    ".globl __starmalloc_code",
    ".hidden __starmalloc_code",
    "__starmalloc_code:",
    ".popsection",
    ".pushsection .text.unlikely.starmalloc, \"ax\"",
    ".globl __starmalloc_rare_code",
    ".hidden __starmalloc_rare_code",
    "__starmalloc_rare_code:",
    ".popsection",
    ".pushsection .text.exit.starmalloc, \"ax\"",
    ".globl __starmalloc_rare_code_end",
    ".hidden __starmalloc_rare_code_end",
    "__starmalloc_rare_code_end:",
    ".popsection",
);

/// The addresses from the first byte of the file that the library is in to the one after its last.
fn bounds() -> (usize, usize) {
    (own_address!("__ehdr_start"), own_address!("_end"))
}

/// Whether the library is part of the program's own file.
fn is_in_program() -> bool {
    // SAFETY: no memory is involved.
    let entry = unsafe { libc::getauxval(libc::AT_ENTRY) } as usize;
    is_within(entry, bounds())
}

/// Whether `address` is one of the library's own. In a program that is linked with it, what follows the
/// library counts as well: parts of the libraries that come later on the linker's command line.
pub(crate) fn holds(address: usize) -> bool {
    if !is_in_program() {
        return is_within(address, bounds());
    }
    is_within(address, (own_address!("__starmalloc_code"), own_address!("etext")))
        || is_within(
            address,
            (own_address!("__starmalloc_rare_code"), own_address!("__starmalloc_rare_code_end")),
        )
}

fn is_within(address: usize, (start, end): (usize, usize)) -> bool {
    (start..end).contains(&address)
}
