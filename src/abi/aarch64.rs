//! Bodies of functions that are written in instructions, for aarch64. What each does is said where it
//! is used.

/// Arguments: the functions `new_handler`, `new_or_null` and `thrower` of `cxx`.
macro_rules! try_again {
    ($new_handler:ident, $new_or_null:ident, $thrower:ident) => {
        core::arch::naked_asm!(
            ".cfi_startproc",
            "stp x29, x30, [sp, -48]!",
            ".cfi_def_cfa_offset 48",
            ".cfi_offset x29, -48",
            ".cfi_offset x30, -40",
            "stp x19, x20, [sp, 16]",
            ".cfi_offset x19, -32",
            ".cfi_offset x20, -24",
            "str x21, [sp, 32]",
            ".cfi_offset x21, -16",
            "mov x29, sp",
            "mov x19, x0",
            "mov x20, x1",
            "mov w21, w2",
            "2: bl {new_handler}",
            "cbz x0, 3f",
            "blr x0",
            "mov x0, x19",
            "mov x1, x20",
            "mov w2, w21",
            "bl {new_or_null}",
            "cbz x0, 2b",
            ".cfi_remember_state",
            "ldr x21, [sp, 32]",
            ".cfi_restore x21",
            "ldp x19, x20, [sp, 16]",
            ".cfi_restore x19",
            ".cfi_restore x20",
            "ldp x29, x30, [sp], 48",
            ".cfi_restore x29",
            ".cfi_restore x30",
            ".cfi_def_cfa_offset 0",
            "ret",
            ".cfi_restore_state",
            "3: bl {thrower}",
            "blr x0",
            "brk 1",
            ".cfi_endproc",
            new_handler = sym $new_handler,
            new_or_null = sym $new_or_null,
            thrower = sym $thrower,
        )
    };
}
pub(super) use try_again;

/// Arguments: what finds the program's function, and `try_again`.
macro_rules! theirs_or_try_again {
    ($theirs:path, $try_again:ident) => {
        core::arch::naked_asm!(
            ".cfi_startproc",
            "stp x29, x30, [sp, -48]!",
            ".cfi_def_cfa_offset 48",
            ".cfi_offset x29, -48",
            ".cfi_offset x30, -40",
            "stp x0, x1, [sp, 16]",
            "str x2, [sp, 32]",
            "mov x29, sp",
            "bl {theirs}",
            "mov x16, x0",
            "ldr x2, [sp, 32]",
            "ldp x0, x1, [sp, 16]",
            "ldp x29, x30, [sp], 48",
            ".cfi_restore x29",
            ".cfi_restore x30",
            ".cfi_def_cfa_offset 0",
            "cbz x16, 2f",
            "br x16",
            "2: b {try_again}",
            ".cfi_endproc",
            theirs = sym $theirs,
            try_again = sym $try_again,
        )
    };
}
pub(super) use theirs_or_try_again;

/// Arguments: what allocates; what goes on where that gives null; the family of the operator, as a
/// number; the alignment, where the caller passes none.
macro_rules! throwing_new {
    ($allocate:ident, $otherwise:ident, $kind:expr $(, $align:literal)?) => {
        core::arch::naked_asm!(
            ".cfi_startproc",
            "stp x29, x30, [sp, -32]!",
            ".cfi_def_cfa_offset 32",
            ".cfi_offset x29, -32",
            ".cfi_offset x30, -24",
            "stp x0, x1, [sp, 16]",
            "mov x29, sp",
            "bl {allocate}",
            "mov x16, x0",
            "ldp x0, x1, [sp, 16]",
            "ldp x29, x30, [sp], 32",
            ".cfi_restore x29",
            ".cfi_restore x30",
            ".cfi_def_cfa_offset 0",
            "cbz x16, 2f",
            "mov x0, x16",
            "ret",
            "2:",
            $(concat!("mov x1, ", $align),)?
            "mov w2, {kind}",
            "b {otherwise}",
            ".cfi_endproc",
            allocate = sym $allocate,
            kind = const $kind,
            otherwise = sym $otherwise,
        )
    };
}
pub(super) use throwing_new;

/// Argument: the function `prepare_dlopen`.
macro_rules! dlopen {
    ($prepare:ident) => {
        core::arch::naked_asm!(
            ".cfi_startproc",
            "stp x29, x30, [sp, -32]!",
            ".cfi_def_cfa_offset 32",
            ".cfi_offset x29, -32",
            ".cfi_offset x30, -24",
            "str x0, [sp, 16]",
            "mov x29, sp",
            "mov w0, w1",
            "bl {prepare}",
            "mov x16, x0",
            "ldr x0, [sp, 16]",
            "ldp x29, x30, [sp], 32",
            ".cfi_restore x29",
            ".cfi_restore x30",
            ".cfi_def_cfa_offset 0",
            "cbz x16, 2f",
            "br x16",
            // No dynamic loader: nothing can be loaded.
            "2: mov x0, xzr",
            "ret",
            ".cfi_endproc",
            prepare = sym $prepare,
        )
    };
}
pub(super) use dlopen;
