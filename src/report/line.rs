//! One line of output, put together on the stack.
#![forbid(unsafe_code)]

use crate::base::digits::Digits;

/// Bytes a line can hold, its end included.
const CAPACITY: usize = 480;

/// What ends a line that had to be cut.
const CUT: &[u8] = b"...\n";

/// A line under construction. Text beyond its capacity is dropped and leaves a mark.
pub(crate) struct Line {
    bytes: [u8; CAPACITY],
    len: usize,
    is_cut: bool,
}

impl Line {
    /// A line without text.
    pub(crate) const fn new() -> Self {
        Self { bytes: [0; CAPACITY], len: 0, is_cut: false }
    }

    /// Appends bytes as they are, up to the capacity. Out of line: in each caller it was 35 KB of code in all.
    #[inline(never)]
    fn append(&mut self, bytes: &[u8]) {
        // Room for the end is always kept.
        let room = (CAPACITY - CUT.len()).saturating_sub(self.len);
        self.is_cut |= bytes.len() > room;
        let free = self.bytes.iter_mut().skip(self.len);
        for (to, from) in free.take(room).zip(bytes) {
            *to = *from;
        }
        self.len += bytes.len().min(room);
    }

    /// Appends text of our own.
    pub(crate) fn text(&mut self, text: &str) -> &mut Self {
        self.append(text.as_bytes());
        self
    }

    /// Appends text from elsewhere, with a dot for everything that is not printable ASCII.
    pub(crate) fn printable(&mut self, text: &[u8]) -> &mut Self {
        for byte in text {
            let shown = if matches!(byte, b' '..=b'~') { *byte } else { b'.' };
            self.append(&[shown]);
        }
        self
    }

    /// Appends a space and a name in quotes, up to its zero byte.
    pub(crate) fn name(&mut self, name: &[u8]) -> &mut Self {
        let len = name.iter().position(|byte| *byte == 0).unwrap_or(name.len());
        match name.get(..len) {
            None | Some([]) => self,
            Some(name) => self.text(" \"").printable(name).text("\""),
        }
    }

    /// Appends a number in base ten.
    pub(crate) fn decimal(&mut self, value: u64) -> &mut Self {
        self.append(Digits::decimal(value).as_bytes());
        self
    }

    /// Appends a size or count in base ten.
    pub(crate) fn count(&mut self, value: usize) -> &mut Self {
        self.decimal(value as u64)
    }

    /// Appends text that ends `width` bytes further on, or right away if it is longer: a column of a table.
    pub(crate) fn column(&mut self, text: &[u8], width: usize) -> &mut Self {
        for _ in text.len()..width {
            self.append(b" ");
        }
        self.append(text);
        self
    }

    /// Appends an address or offset in base sixteen, with `0x`.
    pub(crate) fn hex(&mut self, value: usize) -> &mut Self {
        self.append(b"0x");
        self.append(Digits::hex(value as u64, 1).as_bytes());
        self
    }

    /// Appends bytes as pairs of hexadecimal digits with spaces between.
    pub(crate) fn dump(&mut self, bytes: &[u8]) -> &mut Self {
        for (i, byte) in bytes.iter().enumerate() {
            if i > 0 {
                self.append(b" ");
            }
            self.append(Digits::hex(u64::from(*byte), 2).as_bytes());
        }
        self
    }

    /// The text so far.
    pub(crate) fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or(&[])
    }

    /// Ends the line and returns all of it.
    pub(crate) fn finish(&mut self) -> &[u8] {
        let end = if self.is_cut { CUT } else { b"\n" };
        for (to, from) in self.bytes.iter_mut().skip(self.len).zip(end) {
            *to = *from;
        }
        self.bytes.get(..self.len + end.len()).unwrap_or(&[])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_end_where_they_should() {
        let mut line = Line::new();
        line.column(b"12", 4).column(b"12345", 4).column(b"", 2).text("|");
        assert_eq!(line.as_bytes(), b"  1212345  |");
    }

    #[test]
    fn pieces_follow_one_another() {
        let mut line = Line::new();
        line.text("at ").hex(0x7f00).text(", ").count(12).text(" of ").decimal(u64::MAX);
        line.text(": ").dump(&[0, 0xab, 7]).text(" ").printable(b"a\0\n~\xff");
        assert_eq!(line.finish(), b"at 0x7f00, 12 of 18446744073709551615: 00 ab 07 a..~.\n");
    }

    #[test]
    fn a_line_that_just_fits_is_whole_and_one_more_byte_is_cut() {
        let most = CAPACITY - CUT.len();
        let mut line = Line::new();
        line.text(&"x".repeat(most));
        assert_eq!(line.finish(), ["x".repeat(most).as_bytes(), b"\n"].concat());
        line.text("y").text("z");
        assert_eq!(line.finish(), ["x".repeat(most).as_bytes(), b"...\n"].concat());
        assert_eq!(line.as_bytes().len(), most);
    }
}
