//! The live heap as samples, written to a file as text: `starmalloc profile` makes a pprof file of it.

use super::record;
use crate::base::digits::Digits;
use crate::base::sync::{AtomicU8, Ordering};
use crate::options::PATH_MOST;
use crate::platform::{file::File, process};
use crate::region::sealed::sealed;
use core::iter::repeat;

/// Room for the path, a dot and the process id, a dot and a number, and a zero byte.
const PATH_BYTES: usize = PATH_MOST as usize + 32;

/// The path as the options give it, up to the first zero byte. Written at start alone.
static PATH: [AtomicU8; PATH_MOST as usize] = [const { AtomicU8::new(0) }; PATH_MOST as usize];

/// Keeps the path: the text of the options need not live on.
pub(crate) fn set_path(path: &[u8]) {
    for (to, from) in PATH.iter().zip(path.iter().chain(repeat(&0))) {
        to.store(*from, Ordering::Relaxed);
    }
}

/// The path as the options give it.
pub(crate) fn path() -> impl Iterator<Item = u8> {
    PATH.iter().map(|byte| byte.load(Ordering::Relaxed)).take_while(|byte| *byte != 0)
}

/// Writes the profile that the options ask for to PATH.PID, or to PATH.PID.NUMBER, in the place of an earlier one.
/// Gives the errno of a file that cannot be made. Async-signal-safe.
pub(crate) fn write(number: Option<u32>) -> Option<i32> {
    let mut name = [0; PATH_BYTES];
    let path = path();
    let numbers =
        [Some(process::pid()), number].map(|number| number.map(|n| Digits::decimal(n.into())));
    let ends =
        numbers.iter().flatten().flat_map(|digits| b".".iter().chain(digits.as_bytes()).copied());
    for (to, from) in name.iter_mut().zip(path.chain(ends)) {
        *to = from;
    }
    let name = name.split_inclusive(|byte| *byte == 0).next()?;
    let name = core::ffi::CStr::from_bytes_with_nul(name).ok()?;
    let file = match File::create(name) {
        Ok(file) => file,
        Err(errno) => return Some(errno),
    };
    samples(&file);
    mappings(&file);
    // A file without it was cut off.
    file.write_all(b"end\n");
    None
}

/// One line a sample: `live STANDS_FOR SIZE THREAD CALL...`, bytes in decimal, calls in hexadecimal.
fn samples(file: &File) {
    let mut text = Text::new(file);
    text.put(b"starmalloc heap profile 1\ninterval ");
    text.number(u64::from(sealed().options.profile_interval_kib) << 10);
    text.put(b"\n");
    record::for_each_live(|record| {
        if record.stands_for == 0 {
            return;
        }
        text.put(b"live ");
        text.number(record.stands_for);
        text.put(b" ");
        text.number(record.size as u64);
        text.put(b" ");
        text.number(u64::from(record.allocated.thread));
        for call in record.allocated.calls() {
            text.put(b" 0x");
            text.put(Digits::hex(*call as u64, 1).as_bytes());
        }
        text.put(b"\n");
    });
    text.flush();
}

/// The kernel's list of mappings, behind a line that says so.
fn mappings(to: &File) {
    to.write_all(b"mappings\n");
    let Ok(from) = File::open_read(c"/proc/self/maps") else { return };
    let mut piece = [0; 1024];
    loop {
        let read = from.read(&mut piece);
        match piece.get(..read) {
            Some([]) | None => return,
            Some(piece) => to.write_all(piece),
        }
    }
}

/// Text on its way to a file, in pieces that one call writes.
struct Text<'a> {
    file: &'a File,
    bytes: [u8; 1024],
    len: usize,
}

impl<'a> Text<'a> {
    const fn new(file: &'a File) -> Self {
        Self { file, bytes: [0; 1024], len: 0 }
    }

    fn put(&mut self, text: &[u8]) {
        for byte in text {
            if self.len == self.bytes.len() {
                self.flush();
            }
            if let Some(place) = self.bytes.get_mut(self.len) {
                *place = *byte;
                self.len += 1;
            }
        }
    }

    fn number(&mut self, value: u64) {
        self.put(Digits::decimal(value).as_bytes());
    }

    fn flush(&mut self) {
        self.file.write_all(self.bytes.get(..self.len).unwrap_or(&[]));
        self.len = 0;
    }
}
