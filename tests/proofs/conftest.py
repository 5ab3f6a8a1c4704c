"""What the proofs share: the library, and the seeded bugs that each must find."""

import pytest

from machine import LEAVES, Library, Refuted
from seeds import inverted, off_by_one, seeds


@pytest.fixture(scope="session")
def shipped():
    return Library()


@pytest.fixture(scope="session")
def leaves():
    return Library(path=LEAVES)


def finds(proof, library):
    try:
        proof(library)
    except Refuted:
        return True
    return False


@pytest.fixture
def seeded():
    """`seeded(function, proof, run)`: the proof, which went through `run`, refutes the library when one of up
    to `most` conditions of the function is inverted, whichever it is, or a constant changed.

    A constant may have bits that matter to nobody, such as a mask of what is smaller anyway; so of those
    only some must be found; so too of conditions without `every`, where a function has two ways to do one
    thing."""

    def check(function, proof, run, most=6, every=True):
        found = {}
        for change in (inverted, off_by_one):
            for instruction, code in seeds(run.library, function, run.visited, change, most):
                library = run.library.patched(instruction.address, code)
                text = f"{instruction.mnemonic} {instruction.op_str} at {instruction.address:#x}"
                found[change, text] = finds(proof, library)
                print(f"{change.__name__}: {text}: {found[change, text] or 'not found'}")
        missed = [text for (change, text), is_found in found.items() if not is_found]
        missed_conditions = [text for (change, text) in found if change is inverted and text in missed]
        assert not (every and missed_conditions), "seeded bugs that the proof did not find"
        assert any(found.values()), "no seeded bug was found"

    return check
