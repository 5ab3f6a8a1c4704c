//! What glibc's inspection functions take and give.

pub(crate) use libc::{FILE as Stream, mallinfo as MallInfo, mallinfo2 as MallInfo2};

/// Writes `text` to a stream; says whether all of it was taken. The stream may allocate its buffer.
///
/// # Safety
/// `stream` is open.
pub(crate) unsafe fn write(text: &[u8], stream: *mut Stream) -> bool {
    // SAFETY: `text` is readable for its length; the stream is the caller's promise.
    let written = unsafe { libc::fwrite(text.as_ptr().cast(), 1, text.len(), stream) };
    written == text.len()
}
