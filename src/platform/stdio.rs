//! What glibc's inspection functions take and give.

pub(crate) use libc::FILE as Stream;
#[cfg(target_env = "gnu")]
pub(crate) use libc::{mallinfo as MallInfo, mallinfo2 as MallInfo2};
#[cfg(not(target_env = "gnu"))]
pub(crate) use own::{Info as MallInfo, Info2 as MallInfo2};

/// Structures of mallinfo(3) for a libc that has none.
#[cfg(not(target_env = "gnu"))]
mod own {
    macro_rules! info {
        ($name:ident, $number:ty) => {
            #[repr(C)]
            pub(crate) struct $name {
                pub(crate) arena: $number,
                pub(crate) ordblks: $number,
                pub(crate) smblks: $number,
                pub(crate) hblks: $number,
                pub(crate) hblkhd: $number,
                pub(crate) usmblks: $number,
                pub(crate) fsmblks: $number,
                pub(crate) uordblks: $number,
                pub(crate) fordblks: $number,
                pub(crate) keepcost: $number,
            }
        };
    }

    info!(Info, core::ffi::c_int);
    info!(Info2, usize);
}

/// Writes `text` to a stream; says whether all of it was taken. The stream may allocate its buffer.
///
/// # Safety
/// `stream` is open.
pub(crate) unsafe fn write(text: &[u8], stream: *mut Stream) -> bool {
    // SAFETY: `text` is readable for its length; the stream is the caller's promise.
    let written = unsafe { libc::fwrite(text.as_ptr().cast(), 1, text.len(), stream) };
    written == text.len()
}
