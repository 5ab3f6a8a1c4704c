"""The sealed page: where a proof puts the layout of the address space.

The offsets are what the compiler chose; a new field or option may move them, and proofs then fail. A build
with `CARGO_PROFILE_RELEASE_DEBUG=2` tells them to gdb: `ptype /o` of `starmalloc::region::sealed::Sealed`."""

import claripy

from classes import LAST, SLOTS
from machine import put

# Offsets in the page.
DATA, DATA_BYTES, SPAN_MASK, SPAN_BITS, STRIDE_BITS, STATES = 0x00, 0x08, 0x10, 0x18, 0x1C, 0x20
ROWS, ROW = 0x40, 24
RECIPROCAL, START, SLOT_BYTES, SLOT_COUNT = 0, 8, 16, 20

# Whether the hot paths do all that the options ask for, behind the layout.
HOT_PATHS = 0x745
# The option of that name.
CANARY_OPTION = 0x725
# Whether vectors of 32 bytes may be used.
AVX2 = 0x746
# The keys of the canaries, and the page size.
KEYS, PAGE_SIZE = 0x640, 0x6D0

CHUNK = 2048
CHUNK_STATES = CHUNK * 2
STRIDE = CHUNK_STATES * 64


def reciprocal(number):
    """floor(2^64 / slot size) + 1; 0 for what has no slots to be found by their addresses."""
    return (1 << 64) // SLOTS[number] + 1 if 1 <= number <= LAST else 0


def division_lemma(number, longest):
    """For all slots n and bytes r of a slot, with n * size + r < `longest`: the product with the reciprocal
    has the high half n, and its low half is below the reciprocal exactly when r is 0. Returns the largest n.

    (n * size + r) * R = n * 2^64 + (n * e + r * R), where e = size * R - 2^64. The bracket grows with n
    and with r, so its largest and smallest values decide, and they are numbers."""
    size, factor = SLOTS[number], reciprocal(number)
    rest = size * factor - (1 << 64)
    most = (longest - 1) // size
    assert 0 <= rest
    assert most * rest + (size - 1) * factor < 1 << 64
    assert most * rest < factor
    # The smallest for r > 0 is that of n = 0, r = 1, which is the factor itself.
    assert 0 * rest + 1 * factor >= factor
    return most


class Layout:
    """A layout with spans of 2^bits bytes, of which one class's row is filled in. The rest is any."""

    def __init__(self, library, state, bits, number):
        page = library.address("sealed::PAGE")
        self.page, self.bits, self.number = page, bits, number
        self.data = claripy.BVS("data", 64)
        self.data_bytes = claripy.BVS("data_bytes", 64)
        self.start = claripy.BVS("start", 64)
        self.states = claripy.BVS("states", 64)
        self.stride_bits = claripy.BVS("stride_bits", 32)
        state.solver.add(claripy.ULT(self.stride_bits, 40), claripy.ULT(self.start, 1 << bits))
        put(state, page + DATA, self.data)
        put(state, page + DATA_BYTES, self.data_bytes)
        put(state, page + SPAN_MASK, (1 << bits) - 1)
        put(state, page + SPAN_BITS, bits, 32)
        put(state, page + STRIDE_BITS, self.stride_bits, 32)
        put(state, page + STATES, self.states)
        row = page + ROWS + ROW * number
        put(state, row + RECIPROCAL, reciprocal(number))
        put(state, row + START, self.start)
        put(state, row + SLOT_BYTES, SLOTS[number] if number <= LAST else 0, 32)

    def state_of(self, arena, slot, bits=32):
        """Where the state of a slot is: chunk by chunk, of which every class has one in turn. Slots have 24
        bits, so that 32 are enough for the bytes up to it; a solver is faster when it counts as the code does."""
        assert (((1 << 24) - 1) >> 11) * (STRIDE - CHUNK_STATES) + ((1 << 24) - 1) * 2 < 1 << 32
        number = slot[31:0].zero_extend(bits - 32)
        within = claripy.LShR(number, 11) * (STRIDE - CHUNK_STATES) + number * 2
        place = (arena << self.stride_bits.zero_extend(32)) + self.states
        return place + self.number * CHUNK_STATES + within.zero_extend(64 - bits)

    def address_of(self, arena, slot):
        size = SLOTS[self.number] if self.number <= LAST else 0
        span = ((arena << 6) | self.number) << self.bits
        return self.data + span + self.start + slot * size
