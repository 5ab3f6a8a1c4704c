"""One slot in memory, of which everything is unknown but its place and length."""

import claripy
from claripy import And, If, Or

from classes import USABLE
from layout import AVX2, KEYS, PAGE_SIZE
from machine import put

FRESH, DEAD, PURGED, FREE, QUARANTINED = range(5)
MALLOC = 1
TAIL = 64

PAGE = 4096
CELLS = 0x7FF0_0000_0000


def canary(keys, address):
    """Both halves of a product folded; the first byte odd, the last one zero."""
    product = (address ^ keys[0]).zero_extend(64) * keys[1].zero_extend(64)
    folded = product[63:0] ^ product[127:64]
    return claripy.LShR(folded, 8) | 1


class Slot:
    """Slot `number` of a class, with the canary of the slot before it."""

    def __init__(self, library, state, number, address):
        self.page = library.address("sealed::PAGE")
        self.usable, self.at = USABLE[number], address
        self.keys = [claripy.BVS("key", 64), claripy.BVS("key", 64)]
        put(state, self.page + KEYS, self.keys[0])
        put(state, self.page + KEYS + 8, self.keys[1])
        put(state, self.page + PAGE_SIZE, PAGE)
        self.avx2 = claripy.BVS("avx2", 8)
        state.solver.add(claripy.ULE(self.avx2, 1))
        put(state, self.page + AVX2, self.avx2, 8)
        self.state, self.before = claripy.BVS("state", 16), claripy.BVS("before", 16)
        self.cell = CELLS + 2
        put(state, self.cell, self.state, 16)
        put(state, self.cell - 2, self.before, 16)
        self.bytes = [claripy.BVS(f"byte{at}", 8) for at in range(self.usable)]
        for at, byte in enumerate(self.bytes):
            state.memory.store(address + at, byte)
        self.end, self.last = claripy.BVS("end", 64), claripy.BVS("last", 64)
        put(state, address + self.usable, self.end)
        put(state, address - 8, self.last)

    def canary(self):
        return canary(self.keys, claripy.BVV(self.at, 64))

    def canary_before(self):
        return canary(self.keys, claripy.BVV(self.at - self.usable - 8, 64))

    def is_zero(self):
        return And(*(byte == 0 for byte in self.bytes))

    def slack(self):
        """Bytes between the request and the canary, as the state has them, if the slot is live."""
        return self.state & 0x3FFF

    def slack_is_zero(self):
        """All bytes behind the request."""
        slack = self.slack()
        return And(
            *(
                claripy.Or(claripy.ULT(slack, self.usable - at), byte == 0)
                for at, byte in enumerate(self.bytes)
            )
        )

    def before_is_intact(self):
        is_under_guard = And(self.before == DEAD, self.at % PAGE == 0)
        return If(
            claripy.UGT(self.before, PURGED),
            self.last == self.canary_before(),
            Or(is_under_guard, self.last == 0),
        )

    def now(self, state):
        """Contents, canary and state as a path leaves them."""
        contents = [state.memory.load(self.at + at, 1) for at in range(self.usable)]
        end = state.memory.load(self.at + self.usable, 8, endness="Iend_LE")
        return contents, end, state.memory.load(self.cell, 2, endness="Iend_LE")
