//! Reads the kernel's list of mappings to say what addresses belong to.
//!
//! The list is fed in pieces of any size, in one pass and without storing it. Its text is partly
//! chosen by others (file names), so nothing is assumed about it: a line that makes no sense
//! answers nothing.
#![forbid(unsafe_code)]

use super::line::Line;
use crate::base::digits::value_of;

/// Bytes kept of a file's name; longer ones are cut, and end in three dots.
const NAME_BYTES: usize = 48;

/// The last component of a path, or a name in brackets.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Name {
    bytes: [u8; NAME_BYTES],
    len: u8,
}

impl Name {
    const EMPTY: Self = Self { bytes: [0; NAME_BYTES], len: 0 };

    fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..usize::from(self.len)).unwrap_or(&[])
    }

    /// Appends a byte of a path; a slash starts over, except in brackets.
    fn push(&mut self, byte: u8) {
        if byte == b'/' && self.bytes.first() != Some(&b'[') {
            *self = Self::EMPTY;
        } else if let Some(place) = self.bytes.get_mut(usize::from(self.len)) {
            *place = byte;
            self.len += 1;
        } else if let Some(end) = self.bytes.last_chunk_mut() {
            *end = *b"...";
        }
    }
}

/// What a mapping holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Contents {
    /// A file's code.
    Code,
    /// A file's writable data, including the zeroed part behind it.
    Data,
    /// Other parts of a file.
    ReadOnly,
    /// Something the kernel names itself, such as `[stack]`.
    Named,
    /// Memory without a name.
    Anonymous,
}

/// An answer: the mapping that holds an address.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Found {
    name: Name,
    contents: Contents,
    /// The mapping's first address and the one behind its last.
    start: usize,
    end: usize,
    /// Whether this thread's stack pointer is in the same mapping.
    has_own_stack: bool,
    /// Bytes from the first mapping of the module to the address.
    offset: usize,
}

/// An address to be looked up, and what it turned out to be.
#[derive(Clone, Copy)]
pub(super) struct Question {
    address: usize,
    /// Where the module it is in was loaded, if that is known better than from the list.
    bias: Option<usize>,
    found: Option<Found>,
    /// Whether there was a list to look in.
    was_asked: bool,
}

impl Question {
    /// Asks about `address`.
    pub(super) const fn about(address: usize) -> Self {
        Self::about_code(address, None)
    }

    /// Asks about code at `address`; `bias` is what loading its module added to the addresses in
    /// the file.
    pub(super) const fn about_code(address: usize, bias: Option<usize>) -> Self {
        Self { address, bias, found: None, was_asked: false }
    }

    /// Whether the address is in a mapping.
    pub(super) const fn is_answered(&self) -> bool {
        self.found.is_some()
    }

    /// Writes `module+0xoffset` for an address of code, or the bare address where no file is. The
    /// offset is the address in the file, which for a program at a fixed place is the address.
    pub(super) fn write_code(&self, line: &mut Line) {
        match self.found {
            Some(found) if found.contents != Contents::Anonymous => {
                let offset = self.bias.map_or(found.offset, |bias| self.address.wrapping_sub(bias));
                line.printable(found.name.as_bytes()).text("+").hex(offset);
            }
            Some(_) => {
                line.hex(self.address).text(" in anonymous memory");
            }
            None => {
                line.hex(self.address);
            }
        }
    }

    /// The mapping that the address is in, if the list alone does not say what it is for.
    pub(super) fn unexplained(&self) -> Option<core::ops::Range<usize>> {
        let found = self.found.filter(|found| found.contents == Contents::Anonymous)?;
        (!found.has_own_stack).then_some(found.start..found.end)
    }

    /// Writes that the address is on the stack of a thread.
    pub(super) fn write_stack_of(&self, line: &mut Line, tid: u32, name: &[u8]) {
        line.hex(self.address).text(" is in the stack of thread ").decimal(u64::from(tid));
        line.name(name);
    }

    /// Writes what the address belongs to.
    pub(super) fn write_owner(&self, line: &mut Line) {
        line.hex(self.address);
        let Some(found) = self.found else {
            line.text(if self.was_asked {
                " is not mapped"
            } else {
                " is in memory of which nothing is known: /proc/self/maps cannot be read"
            });
            return;
        };
        line.text(" is in ");
        let name = found.name.as_bytes();
        match found.contents {
            Contents::Anonymous | Contents::Named if found.has_own_stack => {
                line.text("the stack of this thread")
            }
            Contents::Code => line.text("the code of ").printable(name),
            Contents::Data => line.text("the data of ").printable(name),
            Contents::ReadOnly => line.text("the constants of ").printable(name),
            Contents::Named if name == b"[heap]" => {
                line.text("the brk heap, which another allocator uses")
            }
            Contents::Named if name == b"[stack]" => line.text("the stack of the first thread"),
            Contents::Named => line.printable(name),
            Contents::Anonymous => line.text(
                "anonymous memory: another allocator's, mmap's, or a thread's stack or variables",
            ),
        };
    }
}

/// The part of a line that the next byte belongs to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Field {
    Start,
    End,
    Access,
    Offset,
    Device,
    Inode,
    Path,
}

/// One line of the list, as far as it was read.
#[derive(Clone, Copy)]
struct Mapping {
    field: Field,
    start: usize,
    end: usize,
    offset: usize,
    inode: usize,
    is_writable: bool,
    is_executable: bool,
    name: Name,
}

impl Mapping {
    const EMPTY: Self = Self {
        field: Field::Start,
        start: 0,
        end: 0,
        offset: 0,
        inode: 0,
        is_writable: false,
        is_executable: false,
        name: Name::EMPTY,
    };

    /// Reads one byte that is not the end of the line.
    fn read(&mut self, byte: u8) {
        self.field = match (self.field, byte) {
            (Field::Start, b'-') => Field::End,
            (Field::End, b' ') => Field::Access,
            (Field::Access, b' ') => Field::Offset,
            (Field::Offset, b' ') => Field::Device,
            (Field::Device, b' ') => Field::Inode,
            (Field::Inode, b' ') => Field::Path,
            (field, _) => field,
        };
        match self.field {
            Field::Start => push_digit(&mut self.start, byte, 16),
            Field::End => push_digit(&mut self.end, byte, 16),
            Field::Access => {
                self.is_writable |= byte == b'w';
                self.is_executable |= byte == b'x';
            }
            Field::Offset => push_digit(&mut self.offset, byte, 16),
            Field::Device => {}
            Field::Inode => push_digit(&mut self.inode, byte, 10),
            // Blanks pad the line before the path.
            Field::Path if byte == b' ' && self.name.len == 0 => {}
            Field::Path => self.name.push(byte),
        }
    }

    fn holds(&self, address: usize) -> bool {
        self.start <= address && address < self.end
    }

    fn contents(&self) -> Contents {
        if self.name.len == 0 {
            Contents::Anonymous
        } else if self.inode == 0 {
            Contents::Named
        } else if self.is_executable {
            Contents::Code
        } else if self.is_writable {
            Contents::Data
        } else {
            Contents::ReadOnly
        }
    }
}

/// Appends a digit to a number; anything else is skipped.
fn push_digit(number: &mut usize, digit: u8, base: u64) {
    if let Some(value) = value_of(digit, base) {
        *number = number.wrapping_mul(base as usize).wrapping_add(value as usize);
    }
}

/// The file whose mappings are being read.
#[derive(Clone, Copy)]
struct Module {
    name: Name,
    inode: usize,
    start: usize,
    /// End of its last mapping so far.
    end: usize,
    is_writable: bool,
}

/// One pass over the list of mappings.
pub(super) struct Survey<'a> {
    questions: &'a mut [Question],
    own_stack: usize,
    mapping: Mapping,
    module: Option<Module>,
}

impl<'a> Survey<'a> {
    /// Will answer `questions`. `own_stack` is any address on this thread's stack.
    pub(super) fn new(questions: &'a mut [Question], own_stack: usize) -> Self {
        Self { questions, own_stack, mapping: Mapping::EMPTY, module: None }
    }

    /// Reads the next piece of the list.
    pub(super) fn feed(&mut self, piece: &[u8]) {
        for byte in piece {
            if *byte == b'\n' {
                self.end_line();
            } else {
                self.mapping.read(*byte);
            }
        }
    }

    /// Answers what the mapping just read can answer.
    fn end_line(&mut self) {
        let mapping = core::mem::replace(&mut self.mapping, Mapping::EMPTY);
        let mut name = mapping.name;
        let mut contents = mapping.contents();
        let mut base = mapping.start.wrapping_sub(mapping.offset);
        match &mut self.module {
            Some(module) if mapping.inode != 0 && module.inode == mapping.inode => {
                base = module.start;
                module.end = mapping.end;
                module.is_writable |= mapping.is_writable;
            }
            // Data without initial values follows a file's last mapping and has no name.
            Some(module)
                if contents == Contents::Anonymous
                    && module.is_writable
                    && module.end == mapping.start =>
            {
                base = module.start;
                name = module.name;
                contents = Contents::Data;
                // What lies behind is somebody else's, even if it touches.
                self.module = None;
            }
            _ if mapping.inode != 0 => {
                self.module = Some(Module {
                    name,
                    inode: mapping.inode,
                    start: base,
                    end: mapping.end,
                    is_writable: mapping.is_writable,
                });
            }
            _ => base = mapping.start,
        }
        let has_own_stack = mapping.holds(self.own_stack);
        for question in &mut *self.questions {
            question.was_asked = true;
            if mapping.holds(question.address) {
                let offset = question.address.wrapping_sub(base);
                question.found = Some(Found {
                    name,
                    contents,
                    start: mapping.start,
                    end: mapping.end,
                    has_own_stack,
                    offset,
                });
            }
        }
    }
}
