"""One slot in memory, of which everything is unknown but its place and length."""

import angr
import claripy
from claripy import And, If, Not, Or, UGE, UGT, ULE, ULT

from classes import MEDIUM, SLOTS, USABLE
from layout import AVX2, CHUNK, CHUNK_STATES, KEYS, PAGE_SIZE, STRIDE, reciprocal
from machine import Hooks, Refuted, is_valid, prove, put, word

FRESH, DEAD, PURGED, RETIRING, FREE = range(5)
# The first word of those that are live: with the slack added.
LIVE = 1 << 14
# Bytes of a canary that are not secret: those to keep, and what to set.
KEPT, SET = 0xFFFF_FFFF_00FF_FFFF, 0x0100_0000_0000_0001
MALLOC = 1
# Of a slack, the last bytes are looked at, and, if it is longer, the first from a multiple of 8 on.
TAIL, LOOK = 64, 256
# As much as `free` looks at in line, of the longest slots.
TAIL_SEEN = 128

# What looks at a long slack, and what any call may change.
LONG = "slack::long_slack_is_zero"
VOLATILE = "rax rcx rdx rsi rdi r8 r9 r10 r11 cc_dep1 cc_dep2 cc_ndep".split()
VECTORS = [f"ymm{number}" for number in range(16)]

PAGE = 4096
CACHE = 0x7FE0_0000_0000
ENTRIES, LINE, ARENA, MARK = 0x1980, 7, 3 << 24, 0x1264
# Where a class's part of a cache says how vectors cover a slot.
COVER, WAY = 0x3C, 0x3E
CELLS = 0x7FF0_0000_0000
# What classes and sizes of short slots are less than.
SHORT = {hex(SLOTS.index(192, 1) + 1), hex(USABLE[SLOTS.index(192, 1)] + 1)}


def either_way(library, function, usable):
    """Jumps of which both ways are right: to the code for processors without vectors of 32 bytes, for a slot that those
    serve. They follow comparisons with what the slot's cover says of its way, or the processor's flag. And those by
    which the class, or the size, says early whether a slot is short: its cover decides."""
    code = library.instructions(function)
    flag = library.address("sealed::PAGE") + AVX2
    names, found, early = set(), set(), set()
    for look, jump in zip(code, code[1:]):
        if "[rip" in look.op_str and look.address + look.size + look.disp == flag:
            found.add(jump.address)
        register = look.op_str.split(",")[0]
        if look.op_str.endswith(f"+ {WAY:#x}]"):
            names |= {register, register[1:] if register.startswith("e") else register[:-1] + "w"}
        operands = {operand.strip() for operand in look.op_str.split(",")}
        if look.mnemonic == "cmp" and operands & SHORT and jump.mnemonic.startswith("j"):
            early.add(jump.address)
        is_of_way = operands & names or any(operand.endswith(f"+ {WAY:#x}]") for operand in operands)
        if look.mnemonic in ("cmp", "test") and is_of_way and jump.mnemonic.startswith("j"):
            found.add(jump.address)
    return early | (found if usable >= 24 else set())


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

    def __init__(self, library, state, number, address, avx2=None):
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
        state.solver.add(ULE(self.avx2, 1) if avx2 is None else self.avx2 == avx2)
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
        if address % PAGE == 0:
            state.inspect.b("mem_read", angr.BP_BEFORE, action=self.spares_a_guard)
        state.inspect.b("mem_write", angr.BP_BEFORE, action=self.stays_inside)

    def spares_a_guard(self, state):
        """Nothing is read of the page before, which may be under a guard."""
        at, place = state.inspect.mem_read_address, claripy.BVV(self.at, 64)
        is_before = And(ULT(at, place), UGE(at, place - PAGE))
        if not is_before.is_false():
            prove(state, Not(And(is_before, self.before == DEAD)))

    def stays_inside(self, state):
        """What is written less than a page away from the slot lies in it."""
        at = state.inspect.mem_write_address - claripy.BVV(self.at, 64)
        bytes_, room = len(state.inspect.mem_write_expr) // 8, self.usable + 8
        is_inside = And(ULE(at, room), ULE(at + bytes_, room))
        is_far = UGE(at + PAGE, room + 2 * PAGE)
        if not Or(is_inside, is_far).is_true():
            prove(state, Or(is_inside, is_far))

    def canary(self):
        return self.own.canary()

    def canary_before(self):
        return self.neighbours.canary()

    def hooks(self, library, functions):
        """Multiplications in some functions: of a slot's address and the first key, exclusively or'ed, with
        the second key. And calls to look at a long slack, which does what `test_slack` proves of it."""
        hooks = Hooks(library)
        long_look = library.address(LONG)

        def look(state):
            slack = self.slack().zero_extend(48)
            prove(state, state.regs.rdi == self.at + self.usable, state.regs.rsi == slack)
            prove(state, UGT(slack, TAIL), ULE(slack, self.usable), self.is_untouched(self.now(state)[0]))
            for name in VOLATILE + VECTORS:
                setattr(state.regs, name, claripy.BVS(name, 256 if name in VECTORS else 64))
            state.regs.al = If(self.long_slack_is_zero(slack), claripy.BVV(1, 8), claripy.BVV(0, 8))

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
                if instruction.mnemonic == "call" and instruction.operands[0].imm == long_look:
                    hooks.at(instruction, look)
        return hooks

    def is_zero(self):
        return And(*(byte == 0 for byte in self.bytes))

    def is_untouched(self, contents):
        return And(*(now == byte for now, byte in zip(contents, self.bytes)))

    def slack(self):
        """Bytes between the request and the canary, as the state has them, if the slot is live."""
        return self.state & 0x3FFF

    def is_zero_where(self, looked_at):
        """All bytes of which a condition holds that is asked how far before the canary they lie."""
        backs = range(self.usable, 0, -1)
        return And(*(Or(Not(looked_at(back)), byte == 0) for back, byte in zip(backs, self.bytes)))

    def long_slack_is_zero(self, slack):
        """The bytes behind the request to the next multiple of 8, and `LOOK` from there on: all of most slacks."""
        return self.is_zero_where(lambda back: And(ULE(back, slack), ULT(slack & ~7, back + LOOK)))

    def slack_is_zero(self):
        """What is looked at of the bytes behind the request."""
        slack = self.slack()
        tail_is_zero = self.is_zero_where(lambda back: And(ULE(back, slack), back <= TAIL))
        return And(tail_is_zero, self.long_slack_is_zero(slack))

    def before_is_intact(self):
        is_under_guard = And(self.before == DEAD, self.at % PAGE == 0)
        return If(
            UGT(self.before, PURGED),
            self.last == self.canary_before(),
            Or(is_under_guard, self.last == 0),
        )

    def flaw(self):
        """The first of what is wrong: not live, its canary, what is behind the request, the neighbour."""
        slack = If(self.slack_is_zero(), claripy.BVV(3, 8), claripy.BVV(2, 8))
        return If(ULT(self.state, LIVE), 0, If(self.end != self.canary(), claripy.BVV(1, 8), slack))

    def neighbour_is_untouched(self, state):
        last = state.memory.load(self.at - 8, 8, endness="Iend_LE", inspect=False)
        return And(last == self.last, state.memory.load(self.cell - 2, 2, endness="Iend_LE") == self.before)

    def now(self, state):
        """Contents, canary and state as a path leaves them."""
        contents = [state.memory.load(self.at + at, 1, inspect=False) for at in range(self.usable)]
        end = state.memory.load(self.at + self.usable, 8, endness="Iend_LE")
        return contents, end, state.memory.load(self.cell, 2, endness="Iend_LE")

    def cover(self):
        """How far apart the five vectors stand and for less slack than what, or where the second block is, and
        the third, with a minus, or that there are eight: B-COVER."""
        if self.usable < 24:
            wide = 0, 0
        elif self.usable <= 184:
            wide = min(max(self.usable - 32, 0) // 4, 32), 25
        elif self.usable > USABLE[MEDIUM]:
            wide = 1, 0
        else:
            wide = min(self.usable - 160, 128), -min(self.usable - 160, 256)
        return tuple(If(self.avx2 == 0, claripy.BVV(0, 16), claripy.BVV(at, 16)) for at in wide)

    def put_cache(self, library, state):
        """A thread's cache whose part for the class has this slot's span, one slot in the magazine, this one,
        which is not of the first chunk, and room in the line."""
        size, slot, part = self.usable + 8, 5000, CACHE + 64 * self.number
        put(state, part + 0x00, self.at - slot * size)
        put(state, part + 0x08, 2 * slot * size)
        put(state, part + 0x10, self.cell - slot // CHUNK * (STRIDE - CHUNK_STATES) - slot * 2)
        put(state, part + 0x18, reciprocal(self.number))
        put(state, part + 0x20, self.usable, 32)
        put(state, part + 0x24, ARENA, 32)
        put(state, part + 0x2C, 5, 32)
        put(state, part + 0x30, LINE, 32)
        put(state, part + 0x34, 1, 16)
        put(state, part + 0x38, 3, 16)
        put(state, part + 0x3A, 4, 16)
        second, way = self.cover()
        put(state, part + COVER, second, 16)
        put(state, part + WAY, way, 16)
        put(state, CACHE + ENTRIES + 4 * 5, ARENA | slot, 32)
        self.mark = claripy.BVS("mark", 16)
        put(state, CACHE + MARK, self.mark, 16)
        # Where `free` looks for the class of an address.
        put(state, self.page + 0x660, self.at - slot * size - (self.number << 28))
        put(state, self.page + 0x668, 28, 32)
        return part, ARENA | slot
