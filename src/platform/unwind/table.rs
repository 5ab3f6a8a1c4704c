//! The unwind tables of a module: `.eh_frame_hdr`, an index sorted by address, and the entries of
//! `.eh_frame` that it leads to.

use super::cursor::Cursor;
use super::memory::Memory;

/// Bytes of the longest entry that is believed.
const LONGEST: usize = 1 << 20;

/// Letters of the longest text that says what an entry contains.
const LETTERS: usize = 8;

/// The start of an index in the only form that linkers write: version 1; pointers relative to
/// themselves; a count of four bytes; pairs of four-byte numbers relative to the index.
const FORM: u32 = u32::from_le_bytes([1, 0x1b, 0x03, 0x3b]);
const COUNT_AT: usize = 8;
const PAIRS_AT: usize = 12;
const PAIR_BYTES: usize = 8;

/// How a function's frame is laid out.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry {
    /// The function's first address.
    pub(super) start: usize,
    /// What it has in common with other functions.
    pub(super) common: Common,
    /// Its own instructions.
    pub(super) instructions: Cursor,
}

/// What many functions' entries share.
#[derive(Clone, Copy, Debug)]
pub(super) struct Common {
    /// Instructions that come before each function's own.
    pub(super) instructions: Cursor,
    /// What steps of addresses are multiplied by.
    pub(super) code_factor: usize,
    /// What offsets of saved registers are multiplied by.
    pub(super) data_factor: isize,
    /// The register whose saved value is the return address.
    pub(super) return_address: usize,
    /// Whether the kernel called the function to handle a signal.
    pub(super) is_signal: bool,
    /// How addresses are encoded.
    encoding: u8,
    /// Whether entries have additional data in front of their instructions.
    has_more: bool,
}

/// The entry for the code at `address`, from the index at `index`.
pub(super) fn find(memory: &mut Memory, index: usize, address: usize) -> Option<Entry> {
    if memory.word(index)? != FORM {
        return None;
    }
    let pairs = index.checked_add(PAIRS_AT)?;
    let relative = |memory: &mut Memory, at: usize| {
        memory.word(at).map(|word| index.wrapping_add_signed(word as i32 as isize))
    };
    // The last pair whose address is not above the one that is looked for.
    let (mut low, mut high) = (0, memory.word(index + COUNT_AT)? as usize);
    while low < high {
        let middle = low + (high - low) / 2;
        if relative(memory, pairs.wrapping_add(middle * PAIR_BYTES))? <= address {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    let last = low.checked_sub(1)?;
    let at = relative(memory, pairs.wrapping_add(last * PAIR_BYTES + 4))?;
    entry(memory, at, address)
}

/// The body of the entry at `at`, behind its length.
fn body(memory: &mut Memory, at: usize) -> Option<Cursor> {
    let len = memory.word(at)? as usize;
    let start = at.checked_add(4)?;
    // The lengths that stand for more, and for the end of the table, are out of range.
    let end = (1..=LONGEST).contains(&len).then(|| start.checked_add(len)).flatten()?;
    Some(Cursor { at: start, end })
}

/// Reads the entry at `at` if it is for `address`.
fn entry(memory: &mut Memory, at: usize, address: usize) -> Option<Entry> {
    let mut cursor = body(memory, at)?;
    let reference = cursor.at;
    let distance = cursor.word(memory)? as usize;
    let common = common(memory, reference.checked_sub(distance).filter(|at| *at != reference)?)?;
    let start = cursor.pointer(memory, common.encoding)?;
    let len = cursor.formed(memory, common.encoding)?;
    if address.wrapping_sub(start) >= len {
        return None;
    }
    if common.has_more {
        let more = cursor.unsigned(memory)?;
        cursor.skip(more)?;
    }
    Some(Entry { start, common, instructions: cursor })
}

/// Reads what is common to entries that refer to `at`.
fn common(memory: &mut Memory, at: usize) -> Option<Common> {
    let mut cursor = body(memory, at)?;
    if cursor.word(memory)? != 0 {
        return None;
    }
    let version = cursor.byte(memory)?;
    if version != 1 && version != 3 {
        return None;
    }
    let letters = letters(memory, &mut cursor)?;
    let code_factor = cursor.unsigned(memory)?;
    let data_factor = cursor.signed(memory)?;
    let return_address = match version {
        1 => usize::from(cursor.byte(memory)?),
        _ => cursor.unsigned(memory)?,
    };
    let mut common = Common {
        instructions: cursor,
        code_factor,
        data_factor,
        return_address,
        is_signal: false,
        encoding: 0,
        has_more: letters.first() == Some(&b'z'),
    };
    if common.has_more {
        let len = cursor.unsigned(memory)?;
        let start = cursor.skip(len)?;
        let mut more = Cursor { at: start, end: cursor.at };
        read_letters(memory, letters, &mut more, &mut common)?;
        common.instructions = cursor;
    } else if letters.first() != Some(&0) {
        return None;
    }
    Some(common)
}

/// The text that says what there is, filled up with zeros.
fn letters(memory: &mut Memory, cursor: &mut Cursor) -> Option<[u8; LETTERS]> {
    let mut letters = [0; LETTERS];
    for letter in &mut letters {
        *letter = cursor.byte(memory)?;
        if *letter == 0 {
            return Some(letters);
        }
    }
    None
}

/// Reads the data that each letter behind the first stands for.
fn read_letters(
    memory: &mut Memory,
    letters: [u8; LETTERS],
    more: &mut Cursor,
    common: &mut Common,
) -> Option<()> {
    for letter in letters.into_iter().skip(1).take_while(|letter| *letter != 0) {
        match letter {
            b'R' => common.encoding = more.byte(memory)?,
            b'S' => common.is_signal = true,
            b'L' => drop(more.byte(memory)?),
            b'P' => {
                let encoding = more.byte(memory)?;
                more.formed(memory, encoding)?;
            }
            b'B' => {}
            _ => return None,
        }
    }
    Some(())
}

#[cfg(test)]
impl Common {
    /// For tests with instructions that mean nothing.
    pub(super) fn of_nonsense(instructions: Cursor, seed: usize) -> Self {
        Self {
            instructions,
            code_factor: seed % 5,
            data_factor: (seed >> 8) as i8 as isize,
            return_address: (seed >> 16) % 20,
            is_signal: seed & (1 << 24) != 0,
            encoding: (seed >> 32) as u8,
            has_more: seed & (1 << 25) != 0,
        }
    }
}
