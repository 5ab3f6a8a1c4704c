//! Symbols of other libraries, looked up on cold paths only: `dlsym` may itself allocate.

use super::processor::link::weak_address;
use core::ffi::{CStr, c_char, c_void};
use core::mem::MaybeUninit;
use core::ptr::NonNull;

/// The flag of `dlopen` that lets a library find its own definitions before everybody else's.
#[cfg(target_env = "gnu")]
pub(crate) const RTLD_DEEPBIND: i32 = libc::RTLD_DEEPBIND;
/// Where libc has no such flag, none is to be taken away.
#[cfg(not(target_env = "gnu"))]
pub(crate) const RTLD_DEEPBIND: i32 = 0;

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

/// Runtimes of C++ that a plugin may have brought along for itself.
const CXX_RUNTIMES: [&CStr; 3] = [c"libstdc++.so.6", c"libc++abi.so.1", c"libc++.so.1"];

/// The definition of `name` in a runtime of C++ that is loaded, though not for everybody to find. libc's
/// `dlopen` is looked up, for a static program must not be linked with it.
fn find_in_cxx_runtime(name: &CStr) -> Option<NonNull<c_void>> {
    type Open = unsafe extern "C" fn(*const c_char, core::ffi::c_int) -> *mut c_void;
    type Close = unsafe extern "C" fn(*mut c_void) -> core::ffi::c_int;
    // SAFETY: dlopen(3).
    let open = unsafe { core::mem::transmute::<NonNull<c_void>, Open>(find_next(c"dlopen")?) };
    // SAFETY: dlclose(3).
    let close = unsafe { core::mem::transmute::<NonNull<c_void>, Close>(find_next(c"dlclose")?) };
    CXX_RUNTIMES.iter().find_map(|file| {
        // SAFETY: a C string; nothing is loaded, so nothing of it runs.
        let runtime = unsafe { open(file.as_ptr(), libc::RTLD_LAZY | libc::RTLD_NOLOAD) };
        let runtime = NonNull::new(runtime)?;
        // SAFETY: loaded, by the answer; `name` is a C string.
        let found = unsafe { libc::dlsym(runtime.as_ptr(), name.as_ptr()) };
        // SAFETY: opened above. Whoever loaded it keeps it.
        unsafe { close(runtime.as_ptr()) };
        NonNull::new(found)
    })
}

/// A function of the C++ runtime: the linker's choice, else what is found by name. A static program
/// finds nothing by name, and a program of plain C may load the runtime later.
macro_rules! of_cxx_runtime {
    ($($function:ident, $name:literal;)+) => { $(
        core::arch::global_asm!(concat!(".weak ", $name));

        #[doc = concat!("`", $name, "`, if the program has it by now.")]
        pub(crate) fn $function() -> Option<NonNull<c_void>> {
            if let Some(at) = NonNull::new(weak_address!($name)) {
                return Some(at);
            }
            // The literal ends in the zero byte that C strings have.
            let name = CStr::from_bytes_with_nul(concat!($name, "\0").as_bytes()).ok()?;
            find(name).or_else(|| find_in_cxx_runtime(name))
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

core::arch::global_asm!(".weak starmalloc_default_options");

/// What the program's own `starmalloc_default_options` returns, if it has such a function. A weak
/// reference, as for `stack_end`; the dynamic linker finds it where the program exports it, which linking
/// it with this library does.
pub(crate) fn default_options() -> Option<&'static [u8]> {
    let at = NonNull::new(weak_address!("starmalloc_default_options"))?;
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
pub(crate) fn stack_end() -> Option<NonNull<*const usize>> {
    NonNull::new(weak_address!("__libc_stack_end").cast())
}

core::arch::global_asm!(".weak __libc_single_threaded");

/// Whether the process never had a second thread, as far as libc tells.
pub(crate) fn is_only_one() -> bool {
    #[cfg(all(test, any(loom, shuttle)))]
    if crate::base::sync::explored::is_running() {
        return false;
    }
    let flag: *const u8 = weak_address!("__libc_single_threaded").cast();
    // SAFETY: a byte that libc keeps; it changes only when this thread starts another.
    !flag.is_null() && unsafe { flag.read_volatile() } != 0
}
