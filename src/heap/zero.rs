//! Zero-size allocations: unique addresses in a span that is never accessible.

use super::fault;
use super::free::{Claim, check_claim};
use super::slow::with_generator;
use crate::base::addr::Addr;
use crate::base::generator::Generator;
use crate::base::index::{ClassId, Place};
use crate::base::size::Align;
use crate::cache::Trouble;
use crate::cache::direct;
use crate::cache::foreign;
use crate::geometry::classes::slot_bytes;
use crate::geometry::layout::CHUNK_SLOTS;
use crate::region::sealed::sealed;
use crate::slot::life::{self, Flaw};
use crate::slot::state::Kind;
use static_assertions::const_assert;

const_assert!(ALIGN_MAX < CHUNK_SLOTS as usize * slot_bytes(ClassId::ZERO));

/// Allocates an address that nothing may be read from or written to.
pub(super) fn allocate(kind: Kind) -> Option<Addr> {
    let take = |generator: &mut Generator| direct::take(ClassId::ZERO, generator);
    let place = Place { class: ClassId::ZERO, slot: with_generator(take)? };
    life::hand_out_empty(place, kind);
    Some(sealed().layout.address_of(place))
}

/// Largest alignment, in bytes, that such addresses have: the first slot of a chunk is never used.
const ALIGN_MAX: usize = 1 << 14;

/// The same at a multiple of `align`; `None` for a larger one than such addresses have.
pub(super) fn allocate_aligned(align: Align, kind: Kind) -> Option<Addr> {
    if align.get() > ALIGN_MAX {
        return None;
    }
    let multiple = align.get().div_ceil(slot_bytes(ClassId::ZERO));
    let slot = with_generator(|generator| {
        direct::take_at_multiple(ClassId::ZERO, multiple as u32, generator)
    })?;
    let place = Place { class: ClassId::ZERO, slot };
    life::hand_out_empty(place, kind);
    Some(sealed().layout.address_of(place))
}

/// The live zero-size allocation at `address`, which lies in the data region.
pub(super) fn check(address: Addr) -> Option<Result<Place, Flaw>> {
    let position = sealed().layout.position_of(address)?;
    if position.class != ClassId::ZERO || position.offset != 0 {
        return None;
    }
    let place = Place { class: ClassId::ZERO, slot: position.slot? };
    Some(if life::state(place).is_live() { Ok(place) } else { Err(Flaw::NotLive) })
}

/// Frees `address`, which lies in the data region but starts no ordinary slot.
pub(super) fn free(address: Addr, claim: Claim) {
    let Some(Ok(place)) = check(address) else {
        return fault::at_unknown(address, claim.operation);
    };
    if let Some(size) = claim.size
        && size != 0
        && sealed().options.sized_free_check
    {
        fault::wrong_size(place, address, size, claim.operation);
    }
    check_claim(address, life::state(place).kind(), claim);
    let returned = life::retire_empty(place).map_err(|flaw| Trouble { flaw, place });
    if let Err(trouble) = returned.and_then(|()| foreign::give_back(&mut [Some(place)])) {
        fault::in_transit(trouble);
    }
}
