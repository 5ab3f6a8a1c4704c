//! C++'s replaceable operators, by the names that the Itanium ABI gives them on 64-bit systems.
//!
//! On failure the throwing forms call the new-handler again and again and, when there is none,
//! throw `std::bad_alloc` by libstdc++'s own function. The nothrow forms leave that to libstdc++'s
//! operators, which catch what the handler throws.

use super::outcome::pointer;
use crate::base::addr::Addr;
use crate::base::size::{Align, Size};
use crate::heap::free::{Claim, free};
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

fn allocate_aligned(bytes: usize, align: Align, kind: Kind) -> Option<Addr> {
    allocate::allocate_aligned(Size::new(bytes)?, align, kind)
}

/// The alignment that the compiler passed; not a power of two only in a broken program.
fn align_of(raw: usize) -> Align {
    Align::new(raw).unwrap_or(Align::MIN)
}

/// What the standard asks for when memory is short: the handler, as long as there is one.
#[cold]
#[inline(never)]
extern "C-unwind" fn try_again(bytes: usize, align: Align, kind: Kind) -> *mut c_void {
    loop {
        if let Some(address) = allocate_aligned(bytes, align, kind) {
            return pointer(address);
        }
        let Some(handler) = new_handler() else { throw() };
        // SAFETY: the program installed it as a function without arguments.
        unsafe { handler() };
    }
}

fn new_handler() -> Option<Handler> {
    let get = symbols::find(c"_ZSt15get_new_handlerv")?;
    // SAFETY: std::get_new_handler() has this signature.
    let get = unsafe { core::mem::transmute::<NonNull<c_void>, GetHandler>(get) };
    // SAFETY: it only reads a variable.
    unsafe { get() }
}

fn throw() -> ! {
    if let Some(thrower) = symbols::find(c"_ZSt17__throw_bad_allocv") {
        // SAFETY: std::__throw_bad_alloc() has this signature.
        let thrower = unsafe { core::mem::transmute::<NonNull<c_void>, Handler>(thrower) };
        // SAFETY: it throws through frames that have unwind tables and nothing to clean up.
        unsafe { thrower() };
    }
    // No C++ library: nobody could catch it.
    abort::abort()
}

/// libstdc++'s own definition of an operator that ours hides.
fn hidden(name: &CStr) -> Option<NonNull<c_void>> {
    symbols::find_next(name)
}

macro_rules! plain_new {
    ($name:ident, $kind:expr, $doc:literal) => {
        #[doc = $doc]
        #[cfg_attr(not(test), unsafe(no_mangle))]
        extern "C-unwind" fn $name(bytes: usize) -> *mut c_void {
            match allocate::allocate(bytes, $kind) {
                Some(address) => pointer(address),
                None => try_again(bytes, Align::MIN, $kind),
            }
        }
    };
}
plain_new!(_Znwm, Kind::New, "`operator new(size_t)`");
plain_new!(_Znam, Kind::NewArray, "`operator new[](size_t)`");

macro_rules! aligned_new {
    ($name:ident, $kind:expr, $doc:literal) => {
        #[doc = $doc]
        #[cfg_attr(not(test), unsafe(no_mangle))]
        extern "C-unwind" fn $name(bytes: usize, align: usize) -> *mut c_void {
            match allocate_aligned(bytes, align_of(align), $kind) {
                Some(address) => pointer(address),
                None => try_again(bytes, align_of(align), $kind),
            }
        }
    };
}
aligned_new!(_ZnwmSt11align_val_t, Kind::New, "`operator new(size_t, align_val_t)`");
aligned_new!(_ZnamSt11align_val_t, Kind::NewArray, "`operator new[](size_t, align_val_t)`");

macro_rules! nothrow_new {
    ($name:ident, $symbol:literal, $kind:expr, $doc:literal) => {
        #[doc = $doc]
        #[cfg_attr(not(test), unsafe(no_mangle))]
        extern "C" fn $name(bytes: usize, tag: *const c_void) -> *mut c_void {
            if let Some(address) = allocate::allocate(bytes, $kind) {
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
            if let Some(address) = allocate_aligned(bytes, align_of(align), $kind) {
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

/// Gives memory back for an operator of family `kind` that states what it states.
#[inline(always)]
fn delete(at: *mut c_void, kind: Kind, size: Option<usize>, align: Option<usize>) {
    let operation = match kind {
        Kind::NewArray => Operation::DeleteArray,
        Kind::Malloc | Kind::New => Operation::Delete,
    };
    free(Addr::of(at), Claim { operation, kind, size, align });
}

macro_rules! deletes {
    ($($name:ident, $kind:expr, ($($argument:ident: $type:ty),*), $size:expr, $align:expr, $doc:literal;)+) => { $(
        #[doc = $doc]
        #[cfg_attr(not(test), unsafe(no_mangle))]
        extern "C" fn $name(at: *mut c_void $(, $argument: $type)*) {
            delete(at, $kind, $size, $align);
        }
    )+ };
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
