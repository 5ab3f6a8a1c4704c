//! The memory of another process, read through /proc.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

/// Longest C string that is read.
const TEXT_MAX: usize = 4096;

/// Open for reading as long as it lives, whatever becomes of the process.
pub(crate) struct Memory(File);

impl Memory {
    /// Opens the memory of the process `pid`. The kernel allows that to who may trace the process.
    pub(crate) fn open(pid: i32) -> io::Result<Self> {
        File::open(format!("/proc/{pid}/mem")).map(Self)
    }

    /// As many bytes as `N` says, at `address`.
    pub(crate) fn bytes<const N: usize>(&self, address: u64) -> io::Result<[u8; N]> {
        let mut bytes = [0; N];
        self.0.read_exact_at(&mut bytes, address)?;
        Ok(bytes)
    }

    /// `count` words from `address` on, in one read.
    pub(crate) fn words(&self, address: u64, count: usize) -> io::Result<Vec<u64>> {
        let mut bytes = vec![0; count * 8];
        self.0.read_exact_at(&mut bytes, address)?;
        Ok(bytes.as_chunks().0.iter().map(|word| u64::from_ne_bytes(*word)).collect())
    }

    /// The word at `address`.
    pub(crate) fn word(&self, address: u64) -> io::Result<u64> {
        self.bytes(address).map(u64::from_ne_bytes)
    }

    /// The C string at `address`, without its end.
    pub(crate) fn text(&self, address: u64) -> io::Result<Vec<u8>> {
        let mut text = Vec::new();
        while text.len() < TEXT_MAX {
            match self.bytes::<1>(address + text.len() as u64)? {
                [0] => return Ok(text),
                [byte] => text.push(byte),
            }
        }
        Err(io::ErrorKind::InvalidData.into())
    }
}
