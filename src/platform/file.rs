//! Reading and writing a file without buffers or allocation.
#![allow(unsafe_code, reason = "system calls")]

use super::syscall::{Errno, syscall};
use super::{output, process};
use core::cell::Cell;
use core::ffi::CStr;

/// An open file, closed when dropped.
pub(crate) struct File {
    fd: libc::c_int,
    /// Bytes that may be written yet: the kernel ends a process that goes beyond its limit.
    room: Cell<u64>,
}

impl File {
    /// Opens the file at `path`; the errno when that fails.
    pub(crate) fn open_read(path: &CStr) -> Result<Self, i32> {
        Self::open(path, libc::O_RDONLY)
    }

    /// Makes the file at `path`, or makes it empty, for its owner alone to read and write.
    pub(crate) fn create(path: &CStr) -> Result<Self, i32> {
        let file =
            Self::open(path, libc::O_WRONLY | libc::O_CREAT | libc::O_TRUNC | libc::O_NOFOLLOW)?;
        file.room.set(process::file_size_limit());
        Ok(file)
    }

    /// Writes all of `bytes`, or as much as the system takes.
    pub(crate) fn write_all(&self, bytes: &[u8]) {
        let len = bytes.len().min(usize::try_from(self.room.get()).unwrap_or(usize::MAX));
        self.room.set(self.room.get() - len as u64);
        output::write_all(self.fd, bytes.get(..len).unwrap_or(bytes));
    }

    fn open(path: &CStr, flags: libc::c_int) -> Result<Self, i32> {
        let (at, flags, mode) = (libc::AT_FDCWD as usize, flags | libc::O_CLOEXEC, 0o600);
        let args = [at, path.as_ptr().addr(), flags as usize, mode, 0, 0];
        // SAFETY: `path` ends with a zero byte and the kernel only reads it.
        let fd = unsafe { syscall(libc::SYS_openat, args) };
        fd.map(|fd| Self { fd: fd as libc::c_int, room: Cell::new(0) })
            .map_err(|Errno(errno)| errno)
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
            let to = buffer.as_mut_ptr().expose_provenance();
            // SAFETY: the kernel writes at most `buffer.len()` bytes to `buffer`.
            match unsafe { syscall(call, [self.fd as usize, to, buffer.len(), 0, 0, 0]) } {
                Err(Errno(libc::EINTR)) => {}
                read => return read.unwrap_or(0),
            }
        }
    }
}

impl Drop for File {
    fn drop(&mut self) {
        // SAFETY: the descriptor is ours and used by nobody after this.
        let _ = unsafe { syscall(libc::SYS_close, [self.fd as usize, 0, 0, 0, 0, 0]) };
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
