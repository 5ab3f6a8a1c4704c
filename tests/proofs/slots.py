"""One slot in memory, of which everything is unknown but its place and length."""

import claripy
from claripy import And, If, Or

from classes import USABLE
from layout import AVX2, KEYS, PAGE_SIZE, reciprocal
from machine import Hooks, Refuted, is_valid, prove, put, word

FRESH, DEAD, PURGED, RETIRING, FREE = range(5)
# The first words of those that are quarantined, and that are live: each with the slack added.
QUARANTINED, LIVE = 8192, 1 << 14
# Bytes of a canary that are not secret: those to keep, and what to set.
KEPT, SET = 0xFFFF_FFFF_00FF_FFFF, 0x0100_0000_0000_0001
MALLOC = 1
TAIL = 64

PAGE = 4096
CACHE = 0x7FE0_0000_0000
ENTRIES, LINE, ARENA = 0x1980, 7, 3 << 24
CELLS = 0x7FF0_0000_0000


class Product:
    """The 128 bits of a product of two unknown numbers. Nothing is used of them but that the same operands give
    the same product, and no solver multiplies: `Slot.hooks` sees that the operands are what they should be."""

    def __init__(self, name):
        self.low, self.high = claripy.BVS(f"{name}_low", 64), claripy.BVS(f"{name}_high", 64)

    def canary(self):
        """Both halves of the product folded; the first and the last byte odd, the fourth one zero."""
        return (self.low ^ self.high) & KEPT | SET


class Slot:
    """Slot `number` of a class, with the canary of the slot before it."""

    def __init__(self, library, state, number, address):
        self.page = library.address("sealed::PAGE")
        self.usable, self.at = USABLE[number], address
        self.keys = [claripy.BVS("key", 64), claripy.BVS("key", 64)]
        self.own, self.neighbours = Product("own"), Product("neighbours")
        put(state, self.page + KEYS, self.keys[0])
        put(state, self.page + KEYS + 8, self.keys[1])
        put(state, self.page + KEYS + 16, KEPT)
        put(state, self.page + KEYS + 24, SET)
        put(state, self.page + PAGE_SIZE, PAGE)
        self.avx2 = claripy.BVS("avx2", 8)
        state.solver.add(claripy.ULE(self.avx2, 1))
        put(state, self.page + AVX2, self.avx2, 8)
        self.number = number
        self.state = claripy.BVS("state", 16)
        self.before = claripy.BVS("before", 16)
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
        return self.own.canary()

    def canary_before(self):
        return self.neighbours.canary()

    def hooks(self, library, functions):
        """Multiplications in some functions: of a slot's address and the first key, exclusively or'ed, with
        the second key."""
        hooks = Hooks(library)

        def multiply(instruction):
            operand = instruction.address + instruction.size + instruction.disp

            def product(state):
                prove(state, word(state, operand) == self.keys[1])
                for product, at in (self.own, self.at), (self.neighbours, self.at - self.usable - 8):
                    if is_valid(state.regs.rax == self.keys[0] ^ at, state.solver.constraints):
                        state.regs.rax, state.regs.rdx = product.low, product.high
                        return
                raise Refuted("a product of something else")

            return product

        for function in functions:
            for instruction in library.instructions(function):
                if instruction.mnemonic == "mul" and "rip" in instruction.op_str:
                    hooks.at(instruction, multiply(instruction))
        return hooks

    def is_zero(self):
        return And(*(byte == 0 for byte in self.bytes))

    def is_untouched(self, contents):
        return And(*(now == byte for now, byte in zip(contents, self.bytes)))

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

    def put_cache(self, library, state):
        """A thread's cache whose part for the class has this slot's span, one slot in the magazine, this one,
        and room in the line."""
        size, slot, part = self.usable + 8, 1000, CACHE + 64 * self.number
        put(state, part + 0x00, self.at - slot * size)
        put(state, part + 0x08, 2000 * size)
        put(state, part + 0x10, self.cell - slot * 2)
        put(state, part + 0x18, reciprocal(self.number))
        put(state, part + 0x20, size, 32)
        put(state, part + 0x24, ARENA, 32)
        put(state, part + 0x2C, 5, 32)
        put(state, part + 0x30, LINE, 32)
        put(state, part + 0x34, 1, 16)
        put(state, part + 0x38, 3, 16)
        put(state, part + 0x3A, 4, 16)
        put(state, CACHE + ENTRIES + 4 * 5, ARENA | slot, 32)
        # Where `free` looks for the class of an address.
        put(state, self.page + 0x660, self.at - slot * size - (self.number << 28))
        put(state, self.page + 0x668, 28, 32)
        return part, ARENA | slot
