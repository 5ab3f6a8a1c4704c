//! An address, as a number. Whoever wants to touch memory goes through `region`.

/// A virtual address. Arithmetic on it never wraps silently.
#[repr(transparent)]
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct Addr(usize);

impl Addr {
    /// The address that no allocation has.
    pub(crate) const NULL: Self = Self(0);

    /// Wraps a number that came from a pointer or a mapping.
    #[inline(always)]
    pub(crate) const fn new(raw: usize) -> Self {
        Self(raw)
    }

    /// The address of a pointer.
    #[inline(always)]
    pub(crate) fn of<T>(pointer: *const T) -> Self {
        Self(pointer.addr())
    }

    /// The number.
    #[inline(always)]
    pub(crate) const fn get(self) -> usize {
        self.0
    }

    /// Bytes from `base` up to here; huge (wrapped) when this address is below `base`, so that one
    /// comparison with a length tells whether it lies inside.
    #[inline(always)]
    pub(crate) const fn offset_from(self, base: Self) -> usize {
        self.0.wrapping_sub(base.0)
    }

    /// `bytes` above this address; callers stay inside one reservation, so it cannot wrap.
    #[inline(always)]
    pub(crate) const fn plus(self, bytes: usize) -> Self {
        Self(self.0.wrapping_add(bytes))
    }

    /// `bytes` below this address; callers stay inside one reservation.
    #[inline(always)]
    pub(crate) const fn minus(self, bytes: usize) -> Self {
        Self(self.0.wrapping_sub(bytes))
    }

    /// Whether the address is a multiple of `align`, a power of two.
    #[inline(always)]
    pub(crate) const fn is_aligned(self, align: usize) -> bool {
        self.0 & align.wrapping_sub(1) == 0
    }

    /// The multiple of `align` (a power of two) at or below this address.
    pub(crate) const fn align_down(self, align: usize) -> Self {
        Self(self.0 & !(align - 1))
    }

    /// The multiple of `align` (a power of two) at or above this address; `None` past the top.
    pub(crate) const fn align_up(self, align: usize) -> Option<Self> {
        match self.0.checked_add(align - 1) {
            Some(sum) => Some(Self(sum & !(align - 1))),
            None => None,
        }
    }
}
