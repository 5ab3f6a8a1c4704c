//! The library under test: opened for ourselves alone, so that libFuzzer, the targets and libc go on with
//! libc's malloc, and no block in the library's heap is theirs.

use std::ffi::{CStr, CString, c_int, c_void};
use std::path::PathBuf;
use std::sync::OnceLock;

/// A pointer of C.
pub type Pointer = *mut c_void;

/// mallinfo2(3).
#[repr(C)]
#[derive(Debug, Default)]
pub struct MallInfo2 {
    pub arena: usize,
    pub ordblks: usize,
    pub smblks: usize,
    pub hblks: usize,
    pub hblkhd: usize,
    pub usmblks: usize,
    pub fsmblks: usize,
    pub uordblks: usize,
    pub fordblks: usize,
    pub keepcost: usize,
}

macro_rules! library {
    ($($field:ident: $name:literal, fn($($argument:ty),*) $(-> $result:ty)?;)+) => {
        /// Its functions.
        pub struct Library {
            $(pub $field: unsafe extern "C" fn($($argument),*) $(-> $result)?,)+
        }

        impl Library {
            fn open() -> Self {
                let handle = handle();
                Self {
                    // SAFETY: the function of this name has this signature.
                    $($field: unsafe {
                        std::mem::transmute::<
                            Pointer,
                            unsafe extern "C" fn($($argument),*) $(-> $result)?,
                        >(symbol(handle, $name))
                    },)+
                }
            }
        }
    };
}

library! {
    malloc: c"malloc", fn(usize) -> Pointer;
    calloc: c"calloc", fn(usize, usize) -> Pointer;
    realloc: c"realloc", fn(Pointer, usize) -> Pointer;
    reallocarray: c"reallocarray", fn(Pointer, usize, usize) -> Pointer;
    aligned_alloc: c"aligned_alloc", fn(usize, usize) -> Pointer;
    posix_memalign: c"posix_memalign", fn(*mut Pointer, usize, usize) -> c_int;
    new: c"_Znwm", fn(usize) -> Pointer;
    new_array: c"_Znam", fn(usize) -> Pointer;
    free: c"free", fn(Pointer);
    free_sized: c"free_sized", fn(Pointer, usize);
    free_aligned_sized: c"free_aligned_sized", fn(Pointer, usize, usize);
    delete: c"_ZdlPv", fn(Pointer);
    delete_sized: c"_ZdlPvm", fn(Pointer, usize);
    delete_array: c"_ZdaPv", fn(Pointer);
    delete_array_sized: c"_ZdaPvm", fn(Pointer, usize);
    usable_size: c"malloc_usable_size", fn(Pointer) -> usize;
    trim: c"malloc_trim", fn(usize) -> c_int;
    mallinfo2: c"mallinfo2", fn() -> MallInfo2;
}

/// The library. Opened on the first call.
pub fn library() -> &'static Library {
    static LIBRARY: OnceLock<Library> = OnceLock::new();
    LIBRARY.get_or_init(Library::open)
}

/// The file: cargo builds it beside the targets.
pub fn file() -> PathBuf {
    let target = std::env::current_exe().expect("a program knows its file");
    let beside = target.with_file_name("libstarmalloc.so");
    if beside.is_file() { beside } else { target.with_file_name("deps").join("libstarmalloc.so") }
}

/// The library must find its own functions before libc's, as it does when preloaded: sized frees, for one,
/// ask whether the program has a free of its own.
fn handle() -> Pointer {
    let file = file();
    let name = CString::new(file.as_os_str().as_encoded_bytes()).expect("a path has no zero byte");
    let flags = libc::RTLD_NOW | libc::RTLD_LOCAL | libc::RTLD_DEEPBIND;
    // SAFETY: a C string; the library's constructor may run at any time.
    let handle = unsafe { libc::dlopen(name.as_ptr(), flags) };
    if handle.is_null() {
        // SAFETY: dlopen failed, so there is a string, which stays until the next such call.
        let reason = unsafe { CStr::from_ptr(libc::dlerror()) };
        panic!("{} cannot be opened: {}", file.display(), reason.to_string_lossy());
    }
    handle
}

fn symbol(handle: Pointer, name: &CStr) -> Pointer {
    // SAFETY: the library is open, and stays so.
    let at = unsafe { libc::dlsym(handle, name.as_ptr()) };
    assert!(!at.is_null(), "there is no {name:?} in the library");
    at
}

/// What errno is set to before a call: no function sets it.
const UNTOUCHED: c_int = 4242;

/// Makes a call; says what it returned, and what it set errno to, if it did.
pub fn call<T>(call: impl FnOnce() -> T) -> (T, Option<c_int>) {
    // SAFETY: errno is this thread's.
    let errno = unsafe { libc::__errno_location() };
    // SAFETY: as above.
    unsafe { *errno = UNTOUCHED };
    let result = call();
    // SAFETY: as above.
    let after = unsafe { *errno };
    (result, (after != UNTOUCHED).then_some(after))
}

/// Makes a call that must leave errno alone.
pub fn quietly<T>(function: impl FnOnce() -> T) -> T {
    let (result, errno) = call(function);
    assert_eq!(errno, None, "errno is set by a call that succeeds");
    result
}
