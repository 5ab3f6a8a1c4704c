//! C++'s replaceable operators, by the names that the Itanium ABI gives them on 64-bit systems.
//!
//! On failure the throwing forms call the new-handler, and throw `std::bad_alloc` by libstdc++'s own
//! function when there is none. The nothrow forms leave that to libstdc++'s
//! operators, which catch what the handler throws.
//!
//! A program that defines one of the basic operators has thereby replaced all that the standard builds
//! on it: ours then call the program's, with the arguments that it takes. The four that are built on
//! no other (`operator new(size_t)`, `operator delete(void*)`, and the same with an alignment) need
//! not ask. Of the others those that give memory back are spared the question by
//! `Sealed::operator_spans`, where a replaced operator's hot path finds nothing.

#![allow(non_snake_case, reason = "the names are the C++ ABI's")]

use super::processor;
use crate::base::addr::Addr;
use crate::base::size::{Align, Size};
use crate::geometry::layout::Spans;
use crate::heap::free::{Claim, free, free_wide};
use crate::heap::{allocate, slow};
use crate::platform::{abort, replaced, symbols};
use crate::region::sealed::sealed;
use crate::report::Operation;
use crate::slot::state::Kind;
use core::ffi::{CStr, c_void};
use core::ptr::NonNull;

#[cfg(not(target_pointer_width = "64"))]
compile_error!("the operators' names below are those of 64-bit systems");

/// A new-handler, or libstdc++'s throwing function: both may throw.
type Handler = unsafe extern "C-unwind" fn();
type GetHandler = unsafe extern "C" fn() -> Option<Handler>;
type Basic = unsafe extern "C" fn(usize) -> *mut c_void;
type AlignedBasic = unsafe extern "C" fn(usize, usize) -> *mut c_void;
type Delete = unsafe extern "C" fn(*mut c_void);
type AlignedDelete = unsafe extern "C" fn(*mut c_void, usize);
type Nothrow = unsafe extern "C" fn(usize, *const c_void) -> *mut c_void;
type AlignedNothrow = unsafe extern "C" fn(usize, usize, *const c_void) -> *mut c_void;

fn allocate_aligned(bytes: usize, align: Align, kind: Kind) -> Addr {
    match Size::new(bytes) {
        Some(bytes) => allocate::allocate_aligned(bytes, align, kind),
        None => slow::refuse_for(bytes),
    }
}

/// The alignment that the compiler passed; not a power of two only in a broken program.
fn align_of(raw: usize) -> Align {
    Align::new(raw).unwrap_or(Align::MIN)
}

/// Allocates for the throwing forms; null when there is no memory.
extern "C" fn new_or_null(bytes: usize, align: usize, kind: Kind) -> Addr {
    allocate_aligned(bytes, align_of(align), kind)
}

/// The function that the program set with `std::set_new_handler`, if there is one.
extern "C" fn new_handler() -> Option<Handler> {
    let get = symbols::get_new_handler()?;
    // SAFETY: std::get_new_handler() has this signature.
    let get = unsafe { core::mem::transmute::<NonNull<c_void>, GetHandler>(get) };
    // SAFETY: it only reads a variable.
    unsafe { get() }
}

/// libstdc++'s function that throws `std::bad_alloc`. Without a C++ library nobody could catch it,
/// and this does not return.
extern "C" fn thrower() -> NonNull<c_void> {
    symbols::throw_bad_alloc().unwrap_or_else(|| abort::abort())
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
#[unsafe(naked)]
extern "C" fn try_again(_bytes: usize, _align: usize, _kind: Kind) -> Addr {
    processor::try_again!(new_handler, new_or_null, thrower)
}

/// In the place of an operator whose allocation gave null: the definition that `$theirs` finds, or
/// `try_again`. A jump, so that an exception finds nothing of ours on its way.
macro_rules! theirs_or_try_again {
    ($name:ident, $theirs:path) => {
        #[unsafe(naked)]
        extern "C" fn $name(_bytes: usize, _align: usize, _kind: Kind) -> Addr {
            processor::theirs_or_try_again!($theirs, try_again)
        }
    };
}
theirs_or_try_again!(theirs_or_try_again, replaced::new);
theirs_or_try_again!(theirs_or_try_again_aligned, replaced::new_aligned);

/// One throwing operator: `$allocate`, and where that gives null, `$otherwise` in its place, with the
/// alignment `$align` if none was passed.
macro_rules! throwing_new {
    ($name:ident, $allocate:ident, $otherwise:ident, ($($argument:ident),*), ($($align:literal)?),
     $kind:expr, $doc:literal) => {
        #[doc = concat!($doc, " (new.delete in the C++ standard): never null. Without memory it calls the ",
            "new-handler, as often as it takes, and throws `std::bad_alloc` when there is none. At a ",
            "multiple of 16, or of the alignment that is passed. Any thread may call it.")]
        #[cfg_attr(not(test), unsafe(no_mangle))]
        #[unsafe(naked)]
        extern "C" fn $name($($argument: usize),*) -> Addr {
            processor::throwing_new!($allocate, $otherwise, $kind as u32 $(, $align)?)
        }
    };
}

/// The program's operator that `theirs` finds; one test where the program has none. What is sealed
/// says so only after the start, before which each call looks for itself.
#[inline(always)]
fn first_choice<F>(theirs: impl FnOnce() -> Option<F>) -> Option<F> {
    if sealed().operators_are_ours { None } else { theirs() }
}

extern "C" fn new_one(bytes: usize) -> Addr {
    allocate::allocate(bytes, Kind::New)
}

/// Null also when it is the program's `operator new` that is to serve.
extern "C" fn new_array(bytes: usize) -> Addr {
    if sealed().operators_are_ours { new_array_here(bytes) } else { new_array_or_null(bytes) }
}

#[inline(always)]
fn new_array_here(bytes: usize) -> Addr {
    allocate::allocate(bytes, Kind::NewArray)
}

/// Out of line, so that the other way needs no stack frame.
#[inline(never)]
fn new_array_or_null(bytes: usize) -> Addr {
    if replaced::new().is_some() { Addr::NULL } else { new_array_here(bytes) }
}

extern "C" fn new_one_aligned(bytes: usize, align: usize) -> Addr {
    new_or_null(bytes, align, Kind::New)
}

/// As `new_array`.
extern "C" fn new_array_aligned(bytes: usize, align: usize) -> Addr {
    if first_choice(|| replaced::new_aligned()).is_some() {
        return Addr::NULL;
    }
    new_or_null(bytes, align, Kind::NewArray)
}

throwing_new!(_Znwm, new_one, try_again, (_bytes), (16), Kind::New, "`operator new(size_t)`");
throwing_new!(
    _Znam,
    new_array,
    theirs_or_try_again,
    (_bytes),
    (16),
    Kind::NewArray,
    "`operator new[](size_t)`"
);
throwing_new!(
    _ZnwmSt11align_val_t,
    new_one_aligned,
    try_again,
    (_bytes, _align),
    (),
    Kind::New,
    "`operator new(size_t, align_val_t)`"
);
throwing_new!(
    _ZnamSt11align_val_t,
    new_array_aligned,
    theirs_or_try_again_aligned,
    (_bytes, _align),
    (),
    Kind::NewArray,
    "`operator new[](size_t, align_val_t)`"
);

/// The program's operator that the plain nothrow form of `new[]` is built on in the end.
fn under_array() -> Option<Basic> {
    replaced::new_array().or_else(|| replaced::new())
}

/// As `under_array`, with an alignment.
fn under_aligned_array() -> Option<AlignedBasic> {
    replaced::new_array_aligned().or_else(|| replaced::new_aligned())
}

/// A nothrow operator: ours, unless it is built on one that the program replaced. libstdc++'s own
/// does what ours cannot, which is to call the throwing form and catch. Without a C++ library there
/// is nothing to catch.
macro_rules! nothrow_new {
    ($name:ident($($argument:ident),*), $symbol:literal, $signature:ty, $allocated:expr,
     $theirs:expr, $doc:literal) => {
        #[doc = concat!($doc, ": as the throwing form, but null where that would throw.")]
        #[cfg_attr(not(test), unsafe(no_mangle))]
        extern "C" fn $name($($argument: usize,)* tag: *const c_void) -> Addr {
            let theirs = first_choice(|| $theirs);
            if theirs.is_none() {
                let address = $allocated;
                if address != Addr::NULL {
                    return address;
                }
            }
            if let Some(operator) = hidden($symbol) {
                let operator =
                    // SAFETY: the symbol is this operator, with this signature.
                    unsafe { core::mem::transmute::<NonNull<c_void>, $signature>(operator) };
                // SAFETY: it calls the throwing form and catches.
                return Addr::of(unsafe { operator($($argument,)* tag) });
            }
            match theirs {
                // SAFETY: it is an operator that takes these arguments.
                Some(theirs) => Addr::of(unsafe { theirs($($argument),*) }),
                None => Addr::NULL,
            }
        }
    };
}
nothrow_new!(
    _ZnwmRKSt9nothrow_t(bytes),
    c"_ZnwmRKSt9nothrow_t",
    Nothrow,
    allocate_aligned(bytes, Align::MIN, Kind::New),
    replaced::new(),
    "`operator new(size_t, const nothrow_t&)`"
);
nothrow_new!(
    _ZnamRKSt9nothrow_t(bytes),
    c"_ZnamRKSt9nothrow_t",
    Nothrow,
    allocate_aligned(bytes, Align::MIN, Kind::NewArray),
    under_array(),
    "`operator new[](size_t, const nothrow_t&)`"
);
nothrow_new!(
    _ZnwmSt11align_val_tRKSt9nothrow_t(bytes, align),
    c"_ZnwmSt11align_val_tRKSt9nothrow_t",
    AlignedNothrow,
    allocate_aligned(bytes, align_of(align), Kind::New),
    replaced::new_aligned(),
    "`operator new(size_t, align_val_t, const nothrow_t&)`"
);
nothrow_new!(
    _ZnamSt11align_val_tRKSt9nothrow_t(bytes, align),
    c"_ZnamSt11align_val_tRKSt9nothrow_t",
    AlignedNothrow,
    allocate_aligned(bytes, align_of(align), Kind::NewArray),
    under_aligned_array(),
    "`operator new[](size_t, align_val_t, const nothrow_t&)`"
);

/// The program's operator that the forms of `delete[]` are built on.
fn under_array_delete() -> Option<Delete> {
    replaced::delete_array().or_else(|| replaced::delete())
}

/// As `under_array_delete`, with an alignment.
fn under_aligned_array_delete() -> Option<AlignedDelete> {
    replaced::delete_array_aligned().or_else(|| replaced::delete_aligned())
}

/// An operator that takes back memory of family `$kind` and states what it states. What the hot path
/// leaves is served by `free_wide` with the same claim, unless the operator is built on one that the
/// program replaced: that one then gets it.
macro_rules! deletes {
    ($($name:ident($($argument:ident: $type:ty),*), $kind:expr, $size:expr, $align:expr,
       $way:ident, $spans:ident, $theirs:expr, ($($passed:ident),*), $doc:literal;)+) => { $(
        #[doc = concat!($doc, ": nothing happens for null; stops when `at` is not a live allocation's address, ",
            "or what is stated of its size or alignment is not so. errno stays. Any thread may call it.")]
        #[cfg_attr(not(test), unsafe(no_mangle))]
        extern "C" fn $name(at: *mut c_void $(, $argument: $type)*) {
            // Out of line, and as a tail call with the same arguments.
            #[inline(never)]
            extern "C" fn general(at: *mut c_void $(, $argument: $type)*) {
                match first_choice(|| $theirs) {
                    // SAFETY: it is an operator that takes these arguments.
                    Some(theirs) => unsafe { theirs(at $(, $passed)*) },
                    None => delete_wide(Addr::of(at), claim($kind, $size, $align)),
                }
            }
            let claim = claim($kind, $size, $align);
            let general = |_| general(at $(, $argument)*);
            $way(Addr::of(at), claim, &sealed().$spans, general, general);
        }
    )+ };
}

const fn claim(kind: Kind, size: Option<usize>, align: Option<usize>) -> Claim {
    Claim { operation: operation_of(kind), kind, size, align }
}

/// In the place of `free` for operators that few programs call: without its 900 bytes of code for each of them.
#[inline(always)]
fn seldom(at: Addr, _: Claim, _: &Spans, general: impl FnOnce(Addr), _: impl FnOnce(Addr)) {
    general(at);
}

/// One copy of the code for all of them.
#[inline(never)]
fn delete_wide(at: Addr, claim: Claim) {
    free_wide(at, claim);
}

const fn operation_of(kind: Kind) -> Operation {
    match kind {
        Kind::NewArray => Operation::DeleteArray,
        _ => Operation::Delete,
    }
}

deletes! {
    _ZdlPv(), Kind::New, None, None,
        free, spans, None::<Delete>, (), "`operator delete(void*)`";
    _ZdaPv(), Kind::NewArray, None, None,
        free, operator_spans, replaced::delete(), (), "`operator delete[](void*)`";
    _ZdlPvRKSt9nothrow_t(_tag: *const c_void), Kind::New, None, None,
        seldom, operator_spans, replaced::delete(), (), "`operator delete(void*, const nothrow_t&)`";
    _ZdaPvRKSt9nothrow_t(_tag: *const c_void), Kind::NewArray, None, None,
        seldom, operator_spans, under_array_delete(), (), "`operator delete[](void*, const nothrow_t&)`";
    _ZdlPvm(bytes: usize), Kind::New, Some(bytes), None,
        free, operator_spans, replaced::delete(), (), "`operator delete(void*, size_t)`";
    _ZdaPvm(bytes: usize), Kind::NewArray, Some(bytes), None,
        free, operator_spans, under_array_delete(), (), "`operator delete[](void*, size_t)`";
    _ZdlPvSt11align_val_t(align: usize), Kind::New, None, Some(align),
        seldom, spans, None::<AlignedDelete>, (align), "`operator delete(void*, align_val_t)`";
    _ZdaPvSt11align_val_t(align: usize), Kind::NewArray, None, Some(align),
        seldom, operator_spans, replaced::delete_aligned(), (align), "`operator delete[](void*, align_val_t)`";
    _ZdlPvSt11align_val_tRKSt9nothrow_t(align: usize, _tag: *const c_void), Kind::New, None, Some(align),
        seldom, operator_spans, replaced::delete_aligned(), (align), "`operator delete(void*, align_val_t, const nothrow_t&)`";
    _ZdaPvSt11align_val_tRKSt9nothrow_t(align: usize, _tag: *const c_void), Kind::NewArray, None, Some(align),
        seldom, operator_spans, under_aligned_array_delete(), (align), "`operator delete[](void*, align_val_t, const nothrow_t&)`";
    _ZdlPvmSt11align_val_t(bytes: usize, align: usize), Kind::New, Some(bytes), Some(align),
        seldom, operator_spans, replaced::delete_aligned(), (align), "`operator delete(void*, size_t, align_val_t)`";
    _ZdaPvmSt11align_val_t(bytes: usize, align: usize), Kind::NewArray, Some(bytes), Some(align),
        seldom, operator_spans, under_aligned_array_delete(), (align), "`operator delete[](void*, size_t, align_val_t)`";
}
