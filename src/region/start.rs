//! Reserving the two regions: the largest rung of the ladder that this process may have.

use super::sealed::{self, Sealed};
use super::{chunks, pages, samples};
use crate::base::addr::Addr;
use crate::base::generator::Generator;
use crate::base::size::round_up;
use crate::geometry::canary::Keys;
use crate::geometry::ladder::{LADDER, Rung};
use crate::geometry::layout::{DATA_ALIGN, Layout, MetadataPlan, PAGE_MAX, Spans, metadata_plan};
use crate::options::Options;
use crate::platform::memory::{self, Access, Promise};
use crate::platform::{cpu, environment, replaced};

/// Most bytes of guard before the metadata region, and as many after it.
const METADATA_GUARD_MAX: usize = 1 << 30;

/// Where user space ends for a process that did not ask for more than 47 bits. Tools that keep a shadow of
/// all memory have none of most addresses, but of those that the kernel chooses.
const RANDOM_HINT_BITS: u32 = if cfg!(all(test, threads)) { 0 } else { 46 };

/// Reserves both regions and seals what is known from then on. `entries` is the number of entries
/// behind each thread cache. `false` when not even the smallest rung could be had.
pub(crate) fn reserve(options: Options, entries: usize, generator: &mut Generator) -> bool {
    let page = memory::page_size();
    let cache_bytes = round_up(super::current::cache_bytes(entries), page);
    let limit = environment::address_space_limit();
    let wanted = match options.reserve_gib {
        0 => usize::MAX,
        gib => (gib as usize).saturating_mul(1 << 30),
    };
    for (number, rung) in LADDER.into_iter().enumerate() {
        let plan = metadata_plan(rung, cache_bytes);
        // The rest of a limited address space is left for everything else in the process.
        let reserved = rung.data_bytes().saturating_add(plan.total);
        if reserved > wanted || limit.is_some_and(|limit| reserved > limit / 3 * 2) {
            continue;
        }
        let Some(data) = reserve_data(rung, options.thp, generator) else { continue };
        let Some(region) = reserve_metadata(plan, limit.is_some(), generator) else {
            let _ = memory::release(data, rung.data_bytes());
            continue;
        };
        let Metadata { at: metadata, is_scarce: scarce_metadata, .. } = region;
        let layout = Layout::new(rung, data, metadata, plan, || generator.next_u16());
        if scarce_metadata {
            chunks::leave_readable(layout.chunks);
        } else {
            chunks::close_all(metadata, plan);
        }
        let arenas = if options.arenas == 0 { cpu::count() } else { options.arenas };
        let operators_are_ours = !replaced::any_operator();
        sealed::publish(Sealed {
            layout,
            spans: layout.spans(),
            operator_spans: if operators_are_ours { layout.spans() } else { Spans::NOWHERE },
            operators_are_ours,
            canary_keys: Keys::new([generator.next_u64(), generator.next_u64() | 1]),
            metadata,
            plan,
            cache_bytes,
            cache_entries: entries,
            page,
            page_bits: page.trailing_zeros(),
            hot_paths: options.suit_hot_paths(),
            avx2: cpu::has_avx2(),
            scarce_metadata,
            guard_advice: options.guard_madvise && has_guard_advice(page),
            mappings_are_sealed: region.seal_guards(plan),
            active_arenas: arenas.clamp(1, layout.arenas()),
            rung: number as u32,
            samples: samples::reserve(&options),
            options,
        });
        return true;
    }
    false
}

/// The data region: inaccessible, at a random place, aligned to [`DATA_ALIGN`].
fn reserve_data(rung: Rung, huge: bool, generator: &mut Generator) -> Option<Addr> {
    let bytes = rung.data_bytes();
    let hint = generator.next_u64() & ((1 << RANDOM_HINT_BITS) - 1);
    let hint = Addr::new(usize::try_from(hint).ok()?).align_down(DATA_ALIGN);
    let at = memory::map(hint, bytes, Access::None, Promise::NotAsked).ok()?;
    if at.is_aligned(DATA_ALIGN) {
        pages::settle_reserved(at, bytes, huge);
        return Some(at);
    }
    // The hint was not free and the kernel chose: take more, and give the ends back.
    let _ = memory::release(at, bytes);
    let longer = bytes.checked_add(DATA_ALIGN)?;
    let start = memory::map(Addr::NULL, longer, Access::None, Promise::NotAsked).ok()?;
    let at = start.align_up(DATA_ALIGN)?;
    let (before, after) = (at.offset_from(start), DATA_ALIGN - at.offset_from(start));
    if before > 0 {
        let _ = memory::release(start, before);
    }
    if after > 0 {
        let _ = memory::release(at.plus(bytes), after);
    }
    pages::settle_reserved(at, bytes, huge);
    Some(at)
}

/// The metadata region between two guards of random length.
#[derive(Clone, Copy)]
struct Metadata {
    /// Its first byte.
    at: Addr,
    /// Whether the system would not let all of it be writable.
    is_scarce: bool,
    /// Where the guard before it starts.
    start: Addr,
    /// Where the guard behind it ends.
    end: Addr,
}

impl Metadata {
    /// Seals the two guards; the region between them changes its access. Says whether the kernel
    /// can.
    fn seal_guards(self, plan: MetadataPlan) -> bool {
        let behind = self.at.plus(plan.total);
        memory::seal(self.start, self.at.offset_from(self.start)).is_ok()
            && memory::seal(behind, self.end.offset_from(behind)).is_ok()
    }
}

/// Reserves the metadata region.
///
/// It starts readable, and zero. Where the system charges for what could be written (strict overcommit,
/// a limit on data), it could not have all of it writable: this is tried out.
fn reserve_metadata(
    plan: MetadataPlan,
    limited: bool,
    generator: &mut Generator,
) -> Option<Metadata> {
    let most = if limited { PAGE_MAX } else { METADATA_GUARD_MAX.min(plan.total) };
    let mut guard = || PAGE_MAX * (1 + generator.next_below((most / PAGE_MAX) as u32) as usize);
    let (before, after) = (guard(), guard());
    let all = before.checked_add(plan.total)?.checked_add(after)?;
    let start = memory::map(Addr::NULL, all, Access::None, Promise::NotAsked).ok()?;
    let at = start.plus(before).align_up(PAGE_MAX)?;
    pages::choose_page_size(at, plan.total, false);
    // A dump would be as long as all that is reserved here: hundreds of gigabytes of holes, which a
    // dumper that reads from a pipe gets as zeros.
    let _ = memory::leave_out_of_dumps(start, all);
    let is_scarce = memory::protect(at, plan.total, Access::ReadWrite).is_err();
    if memory::protect(at, plan.total, Access::Read).is_ok() {
        return Some(Metadata { at, is_scarce, start, end: start.plus(all) });
    }
    let _ = memory::release(start, all);
    None
}

/// Whether the kernel can guard pages without splitting their mapping.
fn has_guard_advice(page: usize) -> bool {
    let Ok(probe) = memory::map(Addr::NULL, page, Access::ReadWrite, Promise::NotAsked) else {
        return false;
    };
    let answer = memory::guard(probe, page).is_ok() && !memory::takes_any_advice(probe, page);
    let _ = memory::release(probe, page);
    answer
}
