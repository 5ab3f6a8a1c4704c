//! Symbols of other libraries, looked up on cold paths only: `dlsym` may itself allocate.

use core::ffi::{CStr, c_char, c_void};
use core::mem::MaybeUninit;
use core::ptr::NonNull;

/// The flag of `dlopen` that lets a library find its own definitions before everybody else's.
pub(crate) const RTLD_DEEPBIND: i32 = libc::RTLD_DEEPBIND;

/// The first definition of `name` in the program's search order.
fn find(name: &CStr) -> Option<NonNull<c_void>> {
    // SAFETY: `name` is a C string.
    NonNull::new(unsafe { libc::dlsym(libc::RTLD_DEFAULT, name.as_ptr()) })
}

/// The definition of `name` that this library's own export hides.
pub(crate) fn find_next(name: &CStr) -> Option<NonNull<c_void>> {
    // SAFETY: `name` is a C string.
    NonNull::new(unsafe { libc::dlsym(libc::RTLD_NEXT, name.as_ptr()) })
}

/// A function of the C++ runtime: the linker's choice, else what is found by name. A static program
/// finds nothing by name, and a program of plain C may load the runtime later.
macro_rules! of_cxx_runtime {
    ($($function:ident, $name:literal;)+) => { $(
        #[cfg(target_arch = "x86_64")]
        core::arch::global_asm!(concat!(".weak ", $name));

        #[doc = concat!("`", $name, "`, if the program has it by now.")]
        pub(crate) fn $function() -> Option<NonNull<c_void>> {
            #[cfg(target_arch = "x86_64")]
            {
                let at: *mut c_void;
                // SAFETY: loads the symbol's address, or zero, from the global offset table.
                unsafe {
                    core::arch::asm!(concat!("mov {}, qword ptr [rip + ", $name, "@GOTPCREL]"),
                                     out(reg) at, options(pure, nomem, nostack, preserves_flags));
                }
                if let Some(at) = NonNull::new(at) {
                    return Some(at);
                }
            }
            // The literal ends in the zero byte that C strings have.
            let name = CStr::from_bytes_with_nul(concat!($name, "\0").as_bytes()).ok()?;
            find(name)
        }
    )+ };
}

of_cxx_runtime! {
    get_new_handler, "_ZSt15get_new_handlerv";
    throw_bad_alloc, "_ZSt17__throw_bad_allocv";
}

/// Passes on the path of the file that `address` was loaded from, if it is in one.
pub(crate) fn with_file_of<T>(
    address: NonNull<c_void>,
    look: impl FnOnce(&CStr) -> T,
) -> Option<T> {
    let mut about = MaybeUninit::<libc::Dl_info>::uninit();
    // SAFETY: any address may be asked about; the answer fits.
    if unsafe { libc::dladdr(address.as_ptr(), about.as_mut_ptr()) } == 0 {
        return None;
    }
    // SAFETY: filled in, as the answer says.
    let about = unsafe { about.assume_init() };
    // SAFETY: a C string that lives as long as the file stays loaded.
    Some(look(unsafe { CStr::from_ptr(about.dli_fname) }))
}

/// What the program's own `starmalloc_default_options` returns, if it has such a function. A weak
/// reference, as for `stack_end`; the dynamic linker finds it where the program exports it, which linking
/// it with this library does.
pub(crate) fn default_options() -> Option<&'static [u8]> {
    let at: *mut c_void;
    // SAFETY: loads the symbol's address, or zero, from the global offset table.
    #[cfg(target_arch = "x86_64")]
    unsafe {
        core::arch::asm!(".weak starmalloc_default_options",
                         "mov {}, qword ptr [rip + starmalloc_default_options@GOTPCREL]", out(reg) at,
                         options(pure, nomem, nostack, preserves_flags));
    }
    // SAFETY: as above.
    #[cfg(target_arch = "aarch64")]
    unsafe {
        core::arch::asm!(".weak starmalloc_default_options",
                         "adrp {at}, :got:starmalloc_default_options",
                         "ldr {at}, [{at}, :got_lo12:starmalloc_default_options]", at = out(reg) at,
                         options(pure, readonly, nostack, preserves_flags));
    }
    let at = NonNull::new(at)?;
    // SAFETY: `include/starmalloc.h` gives the function of this name this signature.
    let function = unsafe {
        core::mem::transmute::<NonNull<c_void>, unsafe extern "C" fn() -> *const c_char>(at)
    };
    // SAFETY: the header asks the program for a function that may be called before anything else runs.
    let list = unsafe { function() };
    if list.is_null() {
        return None;
    }
    // SAFETY: the header asks for NULL or a string that lives as long as the process.
    Some(unsafe { CStr::from_ptr(list) }.to_bytes())
}

core::arch::global_asm!(".weak __libc_stack_end");

/// ld.so's record of the initial stack, where there is one: a weak reference, because looking a
/// name up may allocate and this is needed by the very first allocation.
#[cfg(target_arch = "x86_64")]
pub(crate) fn stack_end() -> Option<NonNull<*const usize>> {
    let at: *mut *const usize;
    // SAFETY: loads the symbol's address, or zero, from the global offset table.
    unsafe {
        core::arch::asm!("mov {}, qword ptr [rip + __libc_stack_end@GOTPCREL]", out(reg) at,
                         options(pure, nomem, nostack, preserves_flags));
    }
    NonNull::new(at)
}

#[cfg(target_arch = "x86_64")]
core::arch::global_asm!(".weak __libc_single_threaded");

/// Whether the process never had a second thread, as far as libc tells.
#[cfg(target_arch = "x86_64")]
pub(crate) fn is_only_one() -> bool {
    let flag: *const u8;
    // SAFETY: loads the symbol's address, or zero, from the global offset table.
    unsafe {
        core::arch::asm!("mov {}, qword ptr [rip + __libc_single_threaded@GOTPCREL]",
                         out(reg) flag, options(pure, nomem, nostack, preserves_flags));
    }
    // SAFETY: a byte that libc keeps; it changes only when this thread starts another.
    !flag.is_null() && unsafe { flag.read_volatile() } != 0
}

/// Not known on other processors.
#[cfg(not(target_arch = "x86_64"))]
pub(crate) fn is_only_one() -> bool {
    false
}

/// Not looked up on other processors.
#[cfg(not(target_arch = "x86_64"))]
pub(crate) fn stack_end() -> Option<NonNull<*const usize>> {
    None
}
