//! What libc calls back: around fork, at thread exit, at process exit.

use core::ffi::c_void;
use core::sync::atomic::{AtomicU32, Ordering};

/// The thread-exit key plus one; 0 while there is none.
static EXIT_KEY: AtomicU32 = AtomicU32::new(0);

#[cfg(target_env = "gnu")]
unsafe extern "C" {
    /// What `pthread_atfork` calls; the last argument names the object with which the hooks go.
    fn __register_atfork(
        prepare: extern "C" fn(),
        in_parent: extern "C" fn(),
        in_child: extern "C" fn(),
        object: *const c_void,
    ) -> core::ffi::c_int;
}

/// Has libc call these around every fork, in the thread that forks. They go with no object: `exit` would
/// take those of a library or program that it has finished away, while threads may still fork.
pub(crate) fn around_fork(
    prepare: extern "C" fn(),
    in_parent: extern "C" fn(),
    in_child: extern "C" fn(),
) {
    // SAFETY: the three functions live as long as the process.
    #[cfg(target_env = "gnu")]
    unsafe {
        __register_atfork(prepare, in_parent, in_child, core::ptr::null())
    };
    // SAFETY: as above.
    #[cfg(not(target_env = "gnu"))]
    unsafe {
        libc::pthread_atfork(Some(prepare), Some(in_parent), Some(in_child))
    };
}

/// Makes the key whose destructor runs when a thread that called `at_thread_exit` ends.
pub(crate) fn create_exit_key(destructor: extern "C" fn(*mut c_void)) {
    let destructor: unsafe extern "C" fn(*mut c_void) = destructor;
    let mut key = 0;
    // SAFETY: `key` is ours to write.
    if unsafe { libc::pthread_key_create(&raw mut key, Some(destructor)) } == 0 {
        EXIT_KEY.store(key.wrapping_add(1), Ordering::Release);
    }
}

/// Arms the destructor for this thread; says whether there is a key.
///
/// libc may allocate here when its key numbers ran high.
pub(crate) fn at_thread_exit() -> bool {
    match EXIT_KEY.load(Ordering::Acquire) {
        0 => false,
        // SAFETY: the key was created and is never deleted; the value is only compared with null.
        key => unsafe { libc::pthread_setspecific(key - 1, core::ptr::dangling()) == 0 },
    }
}
