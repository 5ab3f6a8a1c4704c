"""Seeded bugs: copies of the library of which one instruction was changed."""

CONDITIONAL = ("j", "set", "cmov")


def inverted(instruction):
    """The instruction with the opposite condition; `None` if it has none."""
    name = instruction.mnemonic
    if not name.startswith(CONDITIONAL) or name.startswith(("jmp", "jrcxz")):
        return None
    code = bytearray(instruction.bytes)
    # Of a condition's two opcodes, the lowest bit tells which; short jumps have one byte, the rest two.
    at = 0 if code[0] & 0xF0 == 0x70 else code.index(0x0F) + 1
    code[at] ^= 1
    return bytes(code)


def off_by_one(instruction):
    """The instruction with its constant changed in the lowest bit; `None` if it has none, or if it is the room on
    the stack, of which more does no harm."""
    is_room = instruction.op_str.startswith("rsp,")
    if instruction.mnemonic.startswith(("j", "call", "push")) or is_room or not instruction.imm_size:
        return None
    code = bytearray(instruction.bytes)
    code[instruction.imm_offset] ^= 1
    return bytes(code)


def left_out(instruction):
    """Nothing in place of a vector that is wiped or joined to what was looked at; `None` if it is neither."""
    name, first = instruction.mnemonic, instruction.op_str.split(",")[0]
    is_wipe = name in ("movdqu", "vmovdqu") and "[" in first
    return b"\x90" * instruction.size if is_wipe or name in ("por", "vpor") else None


def seeds(library, function, visited, change, most):
    """At most `most` changes, evenly spread over what a proof ran through."""
    changed = [
        (instruction, change(instruction))
        for instruction in library.instructions(function)
        if instruction.address in visited
    ]
    changed = [(instruction, code) for instruction, code in changed if code]
    step = max(1, -(-len(changed) // most)) if most else None
    return changed[::step] if step else []
