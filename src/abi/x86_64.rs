//! Bodies of functions that are written in instructions, for x86-64. What each does is said where it
//! is used.

/// Arguments: the functions `new_handler`, `new_or_null` and `thrower` of `cxx`.
macro_rules! try_again {
    ($new_handler:ident, $new_or_null:ident, $thrower:ident) => {
        core::arch::naked_asm!(
            ".cfi_startproc",
            "push rbx",
            ".cfi_adjust_cfa_offset 8",
            ".cfi_rel_offset rbx, 0",
            "push r12",
            ".cfi_adjust_cfa_offset 8",
            ".cfi_rel_offset r12, 0",
            "push r13",
            ".cfi_adjust_cfa_offset 8",
            ".cfi_rel_offset r13, 0",
            "mov rbx, rdi",
            "mov r12, rsi",
            "mov r13d, edx",
            "2: call {new_handler}",
            "test rax, rax",
            "jz 3f",
            "call rax",
            "mov rdi, rbx",
            "mov rsi, r12",
            "mov edx, r13d",
            "call {new_or_null}",
            "test rax, rax",
            "jz 2b",
            "pop r13",
            ".cfi_adjust_cfa_offset -8",
            ".cfi_restore r13",
            "pop r12",
            ".cfi_adjust_cfa_offset -8",
            ".cfi_restore r12",
            "pop rbx",
            ".cfi_adjust_cfa_offset -8",
            ".cfi_restore rbx",
            "ret",
            ".cfi_adjust_cfa_offset 24",
            ".cfi_rel_offset rbx, 16",
            ".cfi_rel_offset r12, 8",
            ".cfi_rel_offset r13, 0",
            "3: call {thrower}",
            "call rax",
            "ud2",
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
            "push rdi",
            ".cfi_adjust_cfa_offset 8",
            "push rsi",
            ".cfi_adjust_cfa_offset 8",
            "push rdx",
            ".cfi_adjust_cfa_offset 8",
            "call {theirs}",
            "pop rdx",
            ".cfi_adjust_cfa_offset -8",
            "pop rsi",
            ".cfi_adjust_cfa_offset -8",
            "pop rdi",
            ".cfi_adjust_cfa_offset -8",
            "test rax, rax",
            "jz {try_again}",
            "jmp rax",
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
            "push rdi",
            ".cfi_adjust_cfa_offset 8",
            "push rsi",
            ".cfi_adjust_cfa_offset 8",
            "sub rsp, 8",
            ".cfi_adjust_cfa_offset 8",
            "call {allocate}",
            "add rsp, 8",
            ".cfi_adjust_cfa_offset -8",
            "pop rsi",
            ".cfi_adjust_cfa_offset -8",
            "pop rdi",
            ".cfi_adjust_cfa_offset -8",
            "test rax, rax",
            "jz 2f",
            "ret",
            "2:",
            $(concat!("mov esi, ", $align),)?
            "mov edx, {kind}",
            "jmp {otherwise}",
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
            "push rdi",
            ".cfi_adjust_cfa_offset 8",
            "mov edi, esi",
            "call {prepare}",
            "pop rdi",
            ".cfi_adjust_cfa_offset -8",
            "mov esi, edx",
            "test rax, rax",
            "jz 2f",
            "jmp rax",
            // No dynamic loader: nothing can be loaded.
            "2: ret",
            ".cfi_endproc",
            prepare = sym $prepare,
        )
    };
}
pub(super) use dlopen;
