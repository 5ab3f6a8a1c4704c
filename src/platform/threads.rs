//! The other threads of this process, as far as the kernel tells: where their stacks are, and their
//! names. A thread that runs at the moment has no stack pointer to be told.

use super::file::File;
use super::process::{self, Name};
use crate::base::digits::{Digits, value_of};
use core::ffi::CStr;

/// Threads that are looked at, at most.
const MOST: usize = 4096;

/// Bytes of the longest path to a file about a thread.
const PATH_BYTES: usize = 64;

/// Bytes of the entries of a directory that are read at once.
const ENTRIES_BYTES: usize = 1024;

/// Where the length and the name are in an entry.
const LENGTH_AT: usize = 16;
const NAME_AT: usize = 19;

/// The thread whose stack pointer satisfies `is_it`.
pub(crate) fn with_stack(mut is_it: impl FnMut(usize) -> bool) -> Option<u32> {
    let own = process::tid();
    let directory = File::open_read(c"/proc/self/task").ok()?;
    let mut entries = [0; ENTRIES_BYTES];
    for _ in 0..MOST {
        let read = directory.read_entries(&mut entries);
        let mut rest = entries.get(..read).unwrap_or(&[]);
        if rest.is_empty() {
            return None;
        }
        while let Some((tid, behind)) = first_entry(rest) {
            rest = behind;
            if tid != 0 && tid != own && stack_pointer(tid).is_some_and(&mut is_it) {
                return Some(tid);
            }
        }
    }
    None
}

/// The name of a thread of this process; all zeros when it cannot be read.
pub(crate) fn name(tid: u32) -> Name {
    process::name_in(about(tid, b"/comm\0"))
}

/// The number that the first of `entries` is named by, zero for another name, and what follows.
fn first_entry(entries: &[u8]) -> Option<(u32, &[u8])> {
    let [low, high] = *entries.get(LENGTH_AT..)?.first_chunk()?;
    let (entry, rest) = entries.split_at_checked(usize::from(u16::from_le_bytes([low, high])))?;
    let name = entry.get(NAME_AT..)?;
    Some((number(name, 10) as u32, rest))
}

/// The number that `text` starts with; zero if it starts with none.
fn number(text: &[u8], base: u64) -> usize {
    let digits = text.iter().map_while(|digit| value_of(*digit, base));
    digits.fold(0, |sum: usize, digit| sum.wrapping_mul(base as usize).wrapping_add(digit as usize))
}

/// The stack pointer of a thread that waits in the kernel.
fn stack_pointer(tid: u32) -> Option<usize> {
    let mut text = [0; 256];
    let read = about(tid, b"/syscall\0")?.read(&mut text);
    second_last(text.get(..read)?)
}

/// The last number but one of a line: behind that of a call and its arguments there are the stack
/// pointer and the address of the next instruction.
fn second_last(line: &[u8]) -> Option<usize> {
    let mut words = line.trim_ascii().rsplit(|byte| *byte == b' ').skip(1);
    let word = words.next()?.strip_prefix(b"0x")?;
    Some(number(word, 16)).filter(|at| *at != 0)
}

/// A file about a thread; `file` starts with a slash and ends with a zero byte.
fn about(tid: u32, file: &[u8]) -> Option<File> {
    let mut path = [0; PATH_BYTES];
    let digits = Digits::decimal(u64::from(tid));
    let parts = [b"/proc/self/task/".as_slice(), digits.as_bytes(), file];
    for (to, from) in path.iter_mut().zip(parts.into_iter().flatten()) {
        *to = *from;
    }
    File::open_read(CStr::from_bytes_until_nul(&path).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc::channel;

    #[test]
    fn a_thread_that_waits_is_found_by_its_stack() {
        let (say, hear) = channel();
        let (stop, wait) = channel::<()>();
        let thread = std::thread::Builder::new().name("waits".into()).spawn(move || {
            let local = 0u8;
            say.send((process::tid(), (&raw const local).addr())).unwrap();
            let _ = wait.recv();
        });
        let (tid, local) = hear.recv().unwrap();
        let near = |at: usize| at.abs_diff(local) < 65_536;
        // It may still be on its way into the kernel.
        let found = (0..1000).find_map(|_| {
            std::thread::sleep(std::time::Duration::from_millis(1));
            with_stack(near)
        });
        assert_eq!(found, Some(tid));
        assert_eq!(&name(tid)[..6], b"waits\0");
        assert_eq!(with_stack(|_| false), None);
        drop(stop);
        thread.unwrap().join().unwrap();
    }

    #[test]
    fn only_a_line_with_numbers_has_a_stack_pointer() {
        assert_eq!(second_last(b"202 0x1 0x80 0x0 0x0 0x0 0x0 0x7f12 0x55aa\n"), Some(0x7f12));
        assert_eq!(second_last(b"-1 0x7f12 0x55aa\n"), Some(0x7f12));
        for line in [b"running\n".as_slice(), b"", b"\n", b"0 0x0 0x0", b"a b c"] {
            assert_eq!(second_last(line), None);
        }
    }

    #[test]
    fn entries_that_make_no_sense_end_the_list() {
        assert_eq!(first_entry(&[]), None);
        assert_eq!(first_entry(&[0xff; 24]), None);
        assert_eq!(first_entry(&[0; 24]), None);
    }
}
