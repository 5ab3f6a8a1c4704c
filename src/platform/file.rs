//! Reading and writing a file without buffers or allocation.
#![allow(unsafe_code, reason = "system calls")]

use super::{errno, output};
use core::ffi::CStr;

/// An open file, closed when dropped.
pub(crate) struct File(libc::c_int);

impl File {
    /// Opens the file at `path`; the errno when that fails.
    pub(crate) fn open_read(path: &CStr) -> Result<Self, i32> {
        Self::open(path, libc::O_RDONLY)
    }

    /// Makes the file at `path`, or makes it empty, for its owner alone to read and write.
    pub(crate) fn create(path: &CStr) -> Result<Self, i32> {
        Self::open(path, libc::O_WRONLY | libc::O_CREAT | libc::O_TRUNC | libc::O_NOFOLLOW)
    }

    /// Writes all of `bytes`, or as much as the system takes.
    pub(crate) fn write_all(&self, bytes: &[u8]) {
        output::write_all(self.0, bytes);
    }

    fn open(path: &CStr, flags: libc::c_int) -> Result<Self, i32> {
        let (flags, mode) = (flags | libc::O_CLOEXEC, 0o600);
        // SAFETY: `path` ends with a zero byte and the kernel only reads it.
        let fd =
            unsafe { libc::syscall(libc::SYS_openat, libc::AT_FDCWD, path.as_ptr(), flags, mode) };
        match libc::c_int::try_from(fd) {
            Ok(fd) if fd >= 0 => Ok(Self(fd)),
            _ => Err(errno::get()),
        }
    }

    /// Reads the next bytes into `buffer` and returns how many there were; none at the end of the
    /// file or on an error.
    pub(crate) fn read(&self, buffer: &mut [u8]) -> usize {
        self.read_by(libc::SYS_read, buffer)
    }

    /// The same of a directory: entries as the kernel lays them out.
    pub(crate) fn read_entries(&self, buffer: &mut [u8]) -> usize {
        self.read_by(libc::SYS_getdents64, buffer)
    }

    fn read_by(&self, call: libc::c_long, buffer: &mut [u8]) -> usize {
        loop {
            // SAFETY: the kernel writes at most `buffer.len()` bytes to `buffer`.
            let read = unsafe { libc::syscall(call, self.0, buffer.as_mut_ptr(), buffer.len()) };
            match usize::try_from(read) {
                Ok(read) => return read,
                Err(_) if errno::get() == libc::EINTR => {}
                Err(_) => return 0,
            }
        }
    }
}

impl Drop for File {
    fn drop(&mut self) {
        // SAFETY: the descriptor is ours and used by nobody after this.
        unsafe { libc::syscall(libc::SYS_close, self.0) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_read_to_its_end() {
        let file = File::open_read(c"/proc/self/cmdline").unwrap();
        let mut buffer = [0; 16];
        let mut all = Vec::new();
        loop {
            let read = file.read(&mut buffer);
            if read == 0 {
                break;
            }
            all.extend_from_slice(&buffer[..read]);
        }
        assert_eq!(all, std::fs::read("/proc/self/cmdline").unwrap());
    }

    #[test]
    fn a_missing_file_is_an_error() {
        assert_eq!(File::open_read(c"/nonexistent/x").err(), Some(libc::ENOENT));
    }
}
