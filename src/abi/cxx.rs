//! C++'s replaceable operators, by the names that the Itanium ABI gives them on 64-bit systems.
//!
//! On failure the throwing forms call the new-handler, and throw `std::bad_alloc` by libstdc++'s own
//! function when there is none. The nothrow forms leave that to libstdc++'s
//! operators, which catch what the handler throws.

use super::outcome::pointer;
use crate::base::addr::Addr;
use crate::base::size::{Align, Size};
use crate::heap::free::{Claim, free, free_wide};
use crate::heap::allocate;
use crate::platform::{abort, symbols};
use crate::report::Operation;
use crate::slot::state::Kind;
use core::ffi::{CStr, c_void};
use core::ptr::NonNull;

#[cfg(not(target_pointer_width = "64"))]
compile_error!("the operators' names below are those of 64-bit systems");

/// A new-handler, or libstdc++'s throwing function: both may throw.
type Handler = unsafe extern "C-unwind" fn();
type GetHandler = unsafe extern "C" fn() -> Option<Handler>;
type Nothrow = unsafe extern "C" fn(usize, *const c_void) -> *mut c_void;
type AlignedNothrow = unsafe extern "C" fn(usize, usize, *const c_void) -> *mut c_void;

fn allocate_aligned(bytes: usize, align: Align, kind: Kind) -> Addr {
    match Size::new(bytes) {
        Some(bytes) => allocate::allocate_aligned(bytes, align, kind),
        None => Addr::NULL,
    }
}

/// The alignment that the compiler passed; not a power of two only in a broken program.
fn align_of(raw: usize) -> Align {
    Align::new(raw).unwrap_or(Align::MIN)
}

/// Allocates for the throwing forms; null when there is no memory.
extern "C" fn new_or_null(bytes: usize, align: usize, kind: Kind) -> *mut c_void {
    pointer(allocate_aligned(bytes, align_of(align), kind))
}

/// The function that the program set with `std::set_new_handler`, if there is one.
extern "C" fn new_handler() -> Option<Handler> {
    let get = symbols::find(c"_ZSt15get_new_handlerv")?;
    // SAFETY: std::get_new_handler() has this signature.
    let get = unsafe { core::mem::transmute::<NonNull<c_void>, GetHandler>(get) };
    // SAFETY: it only reads a variable.
    unsafe { get() }
}

/// libstdc++'s function that throws `std::bad_alloc`. Without a C++ library nobody could catch it,
/// and this does not return.
extern "C" fn thrower() -> NonNull<c_void> {
    symbols::find(c"_ZSt17__throw_bad_allocv").unwrap_or_else(|| abort::abort())
}

/// libstdc++'s own definition of an operator that ours hides.
fn hidden(name: &CStr) -> Option<NonNull<c_void>> {
    symbols::find_next(name)
}

/// What the standard asks for when memory is short: the new-handler again and again, as long as
/// there is one, then `std::bad_alloc`.
///
/// The handler may throw as well. With `panic = "abort"` no Rust function lets an exception pass,
/// so this and its callers are assembly, with the unwind tables that the exception needs.
#[cfg(target_arch = "x86_64")]
#[unsafe(naked)]
extern "C" fn try_again(_bytes: usize, _align: usize, _kind: Kind) -> *mut c_void {
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
        new_handler = sym new_handler,
        new_or_null = sym new_or_null,
        thrower = sym thrower,
    )
}

/// One throwing operator: `$allocate`, and where that gives null, `try_again` in its place.
#[cfg(target_arch = "x86_64")]
macro_rules! throwing_new {
    ($name:ident, $allocate:ident, ($($argument:ident),*), $align:literal, $kind:expr, $doc:literal) => {
        #[doc = $doc]
        #[cfg_attr(not(test), unsafe(no_mangle))]
        #[unsafe(naked)]
        extern "C" fn $name($($argument: usize),*) -> *mut c_void {
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
                concat!("2: ", $align),
                "mov edx, {kind}",
                "jmp {try_again}",
                ".cfi_endproc",
                allocate = sym $allocate,
                kind = const $kind as u32,
                try_again = sym try_again,
            )
        }
    };
}

extern "C" fn new_one(bytes: usize) -> *mut c_void {
    pointer(allocate::allocate(bytes, Kind::New))
}

extern "C" fn new_array(bytes: usize) -> *mut c_void {
    pointer(allocate::allocate(bytes, Kind::NewArray))
}

extern "C" fn new_one_aligned(bytes: usize, align: usize) -> *mut c_void {
    new_or_null(bytes, align, Kind::New)
}

extern "C" fn new_array_aligned(bytes: usize, align: usize) -> *mut c_void {
    new_or_null(bytes, align, Kind::NewArray)
}

throwing_new!(_Znwm, new_one, (_bytes), "mov esi, 16", Kind::New, "`operator new(size_t)`");
throwing_new!(_Znam, new_array, (_bytes), "mov esi, 16", Kind::NewArray, "`operator new[](size_t)`");
throwing_new!(
    _ZnwmSt11align_val_t,
    new_one_aligned,
    (_bytes, _align),
    "",
    Kind::New,
    "`operator new(size_t, align_val_t)`"
);
throwing_new!(
    _ZnamSt11align_val_t,
    new_array_aligned,
    (_bytes, _align),
    "",
    Kind::NewArray,
    "`operator new[](size_t, align_val_t)`"
);

macro_rules! nothrow_new {
    ($name:ident, $symbol:literal, $kind:expr, $doc:literal) => {
        #[doc = $doc]
        #[cfg_attr(not(test), unsafe(no_mangle))]
        extern "C" fn $name(bytes: usize, tag: *const c_void) -> *mut c_void {
            let address = allocate::allocate(bytes, $kind);
            if address != Addr::NULL {
                return pointer(address);
            }
            let Some(operator) = hidden($symbol) else { return core::ptr::null_mut() };
            // SAFETY: the symbol is this operator, with this signature.
            let operator = unsafe { core::mem::transmute::<NonNull<c_void>, Nothrow>(operator) };
            // SAFETY: it calls our throwing form and catches.
            unsafe { operator(bytes, tag) }
        }
    };
}
nothrow_new!(
    _ZnwmRKSt9nothrow_t,
    c"_ZnwmRKSt9nothrow_t",
    Kind::New,
    "`operator new(size_t, const nothrow_t&)`"
);
nothrow_new!(
    _ZnamRKSt9nothrow_t,
    c"_ZnamRKSt9nothrow_t",
    Kind::NewArray,
    "`operator new[](size_t, const nothrow_t&)`"
);

macro_rules! aligned_nothrow_new {
    ($name:ident, $symbol:literal, $kind:expr, $doc:literal) => {
        #[doc = $doc]
        #[cfg_attr(not(test), unsafe(no_mangle))]
        extern "C" fn $name(bytes: usize, align: usize, tag: *const c_void) -> *mut c_void {
            let address = allocate_aligned(bytes, align_of(align), $kind);
            if address != Addr::NULL {
                return pointer(address);
            }
            let Some(operator) = hidden($symbol) else { return core::ptr::null_mut() };
            // SAFETY: the symbol is this operator, with this signature.
            let operator =
                unsafe { core::mem::transmute::<NonNull<c_void>, AlignedNothrow>(operator) };
            // SAFETY: it calls our throwing form and catches.
            unsafe { operator(bytes, align, tag) }
        }
    };
}
aligned_nothrow_new!(
    _ZnwmSt11align_val_tRKSt9nothrow_t,
    c"_ZnwmSt11align_val_tRKSt9nothrow_t",
    Kind::New,
    "`operator new(size_t, align_val_t, const nothrow_t&)`"
);
aligned_nothrow_new!(
    _ZnamSt11align_val_tRKSt9nothrow_t,
    c"_ZnamSt11align_val_tRKSt9nothrow_t",
    Kind::NewArray,
    "`operator new[](size_t, align_val_t, const nothrow_t&)`"
);

/// Gives memory back for an operator of family `kind` that states what it states. `free_wide` serves
/// the rare cases with the same claim.
macro_rules! deletes {
    ($($name:ident, $kind:expr, ($($argument:ident: $type:ty),*), $size:expr, $align:expr, $doc:literal;)+) => { $(
        #[doc = $doc]
        #[cfg_attr(not(test), unsafe(no_mangle))]
        extern "C" fn $name(at: *mut c_void $(, $argument: $type)*) {
            let claim = Claim {
                operation: operation_of($kind),
                kind: $kind,
                size: $size,
                align: $align,
            };
            free(Addr::of(at), claim, |at| delete_wide(at, claim));
        }
    )+ };
}

/// The same for wide slots and all else, out of line.
#[inline(never)]
fn delete_wide(at: Addr, claim: Claim) {
    free_wide(at, claim);
}

const fn operation_of(kind: Kind) -> Operation {
    match kind {
        Kind::NewArray => Operation::DeleteArray,
        Kind::Malloc | Kind::New => Operation::Delete,
    }
}
deletes! {
    _ZdlPv, Kind::New, (), None, None, "`operator delete(void*)`";
    _ZdaPv, Kind::NewArray, (), None, None, "`operator delete[](void*)`";
    _ZdlPvRKSt9nothrow_t, Kind::New, (_tag: *const c_void), None, None,
        "`operator delete(void*, const nothrow_t&)`";
    _ZdaPvRKSt9nothrow_t, Kind::NewArray, (_tag: *const c_void), None, None,
        "`operator delete[](void*, const nothrow_t&)`";
    _ZdlPvm, Kind::New, (bytes: usize), Some(bytes), None, "`operator delete(void*, size_t)`";
    _ZdaPvm, Kind::NewArray, (bytes: usize), Some(bytes), None,
        "`operator delete[](void*, size_t)`";
    _ZdlPvSt11align_val_t, Kind::New, (align: usize), None, Some(align),
        "`operator delete(void*, align_val_t)`";
    _ZdaPvSt11align_val_t, Kind::NewArray, (align: usize), None, Some(align),
        "`operator delete[](void*, align_val_t)`";
    _ZdlPvSt11align_val_tRKSt9nothrow_t, Kind::New, (align: usize, _tag: *const c_void),
        None, Some(align), "`operator delete(void*, align_val_t, const nothrow_t&)`";
    _ZdaPvSt11align_val_tRKSt9nothrow_t, Kind::NewArray, (align: usize, _tag: *const c_void),
        None, Some(align), "`operator delete[](void*, align_val_t, const nothrow_t&)`";
    _ZdlPvmSt11align_val_t, Kind::New, (bytes: usize, align: usize), Some(bytes), Some(align),
        "`operator delete(void*, size_t, align_val_t)`";
    _ZdaPvmSt11align_val_t, Kind::NewArray, (bytes: usize, align: usize), Some(bytes), Some(align),
        "`operator delete[](void*, size_t, align_val_t)`";
}
