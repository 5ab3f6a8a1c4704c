//! Large blocks that threads allocate, free and resize at once. The mappings are the model's: the kernel
//! gives what somebody gave back to the next who asks, and a touch of what is closed ends the run.

use super::{TABLE, Table};
use crate::base::addr::Addr;
use crate::base::generator::Generator;
use crate::base::size::{Align, Size};
use crate::base::sync::explored::space::{self, Part};
use crate::base::sync::explored::{NOW, spawn};
use crate::large::allocate;
use crate::large::extent::Status;
use crate::large::free::{self, LargeFlaw};
use crate::large::mapping::Request;
use crate::large::resize;
use crate::large::stash::STASH_SPAN;
use crate::region::bytes;
use crate::region::explored::{explore, prepare_space};
use crate::region::sealed::sealed;
use crate::region::tables;
use crate::slot::state::Kind;

const PAGE: usize = 4096;

/// Draws nothing but zeros: how a block is laid out depends on nothing but the order.
fn generator() -> Generator {
    Generator::new_empty()
}

/// A block of whole pages, and what its owner wrote there.
#[derive(Clone, Copy)]
struct Block {
    at: Addr,
    pages: usize,
    contents: u64,
}

impl Block {
    /// Allocates one, which must be all zero, and writes `contents`.
    fn make(pages: usize, contents: u64) -> Option<Self> {
        Self::make_with(pages, contents, 0)
    }

    /// The same with room for another two pages, and one of them in use.
    fn make_grown(contents: u64) -> Self {
        Self::make_with(1, contents, 2).unwrap().grow(2).unwrap()
    }

    fn make_with(pages: usize, contents: u64, room: usize) -> Option<Self> {
        let request = Request {
            size: Size::new(pages * PAGE)?,
            align: Align::MIN,
            kind: Kind::Malloc,
            room: room * PAGE,
            sample: None,
        };
        let at = allocate::allocate(request, &mut generator())?;
        let block = Self { at, pages, contents };
        for page in block.words() {
            assert_eq!(bytes::load(page), 0, "somebody else's contents");
            bytes::store(page, contents);
        }
        Some(block)
    }

    fn words(self) -> impl Iterator<Item = Addr> {
        (0..self.pages).map(move |page| self.at.plus(page * PAGE))
    }

    fn is_intact(self) {
        self.words().for_each(|page| assert_eq!(bytes::load(page), self.contents));
    }

    fn free(self) -> Result<(), LargeFlaw> {
        let (extent, _) = free::check(self.at)?.unwrap();
        free::retire(self.at, extent, &mut generator())
    }

    /// Makes it longer; where it was none may be, so it moves.
    fn grow(self, pages: usize) -> Option<Self> {
        let (extent, _) = free::check(self.at).ok()??;
        let size = Size::new(pages * PAGE)?;
        let at = resize::resize(self.at, extent, size, &mut generator()).ok()??;
        let old = Self { at, ..self };
        old.is_intact();
        let new = Self { at, pages, ..self };
        for page in new.words().skip(self.pages) {
            assert_eq!(bytes::load(page), 0, "somebody else's contents");
            bytes::store(page, self.contents);
        }
        Some(new)
    }
}

/// These blocks are live with their contents, every other range waits, once, out of reach, and nothing
/// else is mapped.
fn is_sound(live: &[Block]) {
    live.iter().for_each(|block| block.is_intact());
    let mut table = TABLE.try_acquire().unwrap();
    assert_eq!(table.live, live.len());
    let mut ranges = Vec::new();
    while let Some(waiting) = table.retained.take_any() {
        let extent = table.remove(waiting.address()).expect("what waits is in the table");
        assert!(!matches!(extent.status, Status::Live(_)));
        assert!(space::is_all(extent.base.get()..extent.end().get(), Part::Closed));
        ranges.push(extent.base.get()..extent.end().get());
    }
    for block in live {
        let extent = table.remove(block.at).expect("what is live is in the table");
        assert_eq!((extent.status, extent.size), (Status::Live(Kind::Malloc), block.pages * PAGE));
        let (base, body) = (extent.base.get(), extent.body().get());
        assert!(space::is_all(body..extent.body_end().get(), Part::Open));
        assert!(space::is_all(extent.body_end().get()..extent.end().get(), Part::Closed));
        assert!(space::is_all(base..base + PAGE, Part::Closed));
        ranges.push(base..extent.end().get());
    }
    assert_eq!(table.at_or_below(Addr::new(usize::MAX)), None, "a range that nobody has");
    assert!(table.stash.is_quiet());
    while let Some((place, _)) = table.stash.claim_overdue(NOW, 0, 0) {
        table.stash.vacate(place);
    }
    assert_eq!(table.kept_bytes(), 0);
    let stash = if table.stash.is_placed() { STASH_SPAN } else { 0 };
    drop(table);
    ranges.sort_unstable_by_key(|range| range.start);
    assert!(ranges.windows(2).all(|pair| pair[0].end <= pair[1].start));
    assert_eq!(
        space::mapped_bytes(),
        stash + ranges.iter().map(|range| range.len()).sum::<usize>()
    );
}

/// Where the pages of freed blocks stay.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Pages {
    /// With their addresses.
    Stay,
    /// In the stash.
    Move,
}

/// Runs `body`, which begins without any large block.
fn explore_with(
    name: &str,
    pages: Pages,
    preemptions: Option<usize>,
    body: impl Fn() + Send + Sync + 'static,
) {
    prepare_space();
    for row in 1..6 {
        assert!(tables::commit_large_row(row, &mut 0));
    }
    explore(name, preemptions, move || {
        {
            let mut table = TABLE.try_acquire().unwrap();
            *table = Table::EMPTY;
            if pages == Pages::Stay {
                table.stash.refuse();
            }
        }
        body();
    });
}

/// One thread frees a block, one allocates and may get a range that waits, one gives back what is overdue:
/// the pages of all that wait.
fn freed_reused_given_back(name: &str, pages: Pages, preemptions: usize) {
    explore_with(name, pages, Some(preemptions), || {
        let [first, second, third] = [1, 2, 3].map(|contents| Block::make(1, contents).unwrap());
        first.free().unwrap();
        second.free().unwrap();
        let freer = spawn(move || third.free().unwrap());
        let new = spawn(|| Block::make(1, 4).unwrap());
        free::give_back_overdue(NOW, true);
        freer.join().unwrap();
        let new = new.join().unwrap();
        is_sound(&[new]);
    });
}

#[test]
fn freed_and_reused_and_given_back() {
    freed_reused_given_back("large: one frees, one allocates, one gives back", Pages::Stay, 1);
}

#[test]
fn freed_and_reused_and_given_back_by_way_of_the_stash() {
    freed_reused_given_back(
        "large: one frees, one allocates, one gives back, by way of the stash",
        Pages::Move,
        1,
    );
}

/// Of two frees of one block, one is told.
fn freed_twice(name: &str, pages: Pages, preemptions: usize) {
    explore_with(name, pages, Some(preemptions), || {
        let block = Block::make(1, 1).unwrap();
        let other = spawn(move || block.free());
        let results = [block.free(), other.join().unwrap()];
        assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1);
        assert!(results.iter().any(|result| matches!(result, Err(LargeFlaw::Freed(_)))));
        is_sound(&[]);
    });
}

#[test]
fn of_two_frees_one_is_told() {
    freed_twice("large: 2 threads free it", Pages::Stay, 2);
    freed_twice("large: 2 threads free it, by way of the stash", Pages::Move, 2);
}

/// A free looks at the bytes before the block, which the other has closed when it is through.
#[test]
fn a_free_looks_at_nothing_that_is_closed() {
    explore_with("large: 2 threads free one with bytes before it", Pages::Stay, Some(2), || {
        let request = Request {
            size: Size::new(PAGE - 256).unwrap(),
            align: Align::MIN,
            kind: Kind::Malloc,
            room: 0,
            sample: None,
        };
        let at = allocate::allocate(request, &mut generator()).unwrap();
        let free = move || {
            let (extent, _) = free::check(at)?.unwrap();
            assert!(extent.body() < at);
            free::retire(at, extent, &mut generator())
        };
        let other = spawn(free);
        let results = [free(), other.join().unwrap()];
        assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1);
    });
}

/// Of a free and a move of one block, one is told.
#[test]
fn of_a_free_and_a_move_one_is_told() {
    explore_with("large: one frees it, one moves it", Pages::Stay, Some(2), || {
        let block = Block::make(1, 1).unwrap();
        let other = spawn(move || block.free().is_ok());
        let grown = block.grow(2);
        assert_ne!(other.join().unwrap(), grown.is_some());
        is_sound(grown.as_slice());
    });
}

/// A block moves while others are allocated, of which one may get the last row, or what the block left does. The mover
/// has its own.
#[test]
fn a_moving_block_keeps_its_row() {
    explore_with("large: one moves, one allocates, rows are short", Pages::Stay, Some(2), || {
        // Three rows are left.
        TABLE.try_acquire().unwrap().rows = sealed().layout.large_rows - 4;
        let block = Block::make(1, 1).unwrap();
        let other = spawn(|| [2, 3, 4].map(|contents| Block::make(1, contents)));
        let block = block.grow(2).expect("a block that moves needs no other row");
        let others = other.join().unwrap();
        assert!(others[0].is_some(), "there was a row");
        let live: Vec<_> = others.into_iter().flatten().chain([block]).collect();
        is_sound(&live);
    });
}

/// The kernel fails to move a block's pages: where they were to go is anybody's by then, the block stays as it is.
#[test]
fn a_move_that_fails_gives_no_range_away() {
    explore_with("large: a move fails, one allocates", Pages::Stay, Some(2), || {
        let block = Block::make(1, 1).unwrap();
        let other = spawn(|| Block::make(1, 2).unwrap());
        space::fail_next_move();
        assert!(block.grow(2).is_none());
        is_sound(&[block, other.join().unwrap()]);
    });
}

/// A block with pages of an earlier, longer one below it is freed without its pages, or is longer by then.
#[test]
fn nothing_of_a_freed_block_is_open() {
    let freed = |name: &str, contents: u64, pages: usize| {
        explore_with(name, Pages::Move, None, move || {
            Block::make(8, 1).unwrap().free().unwrap();
            let block = Block::make(1, contents).unwrap();
            let stale = TABLE.try_acquire().unwrap().stale_bytes;
            assert_eq!(stale, 7 * PAGE);
            let block = if pages > 1 { block.grow(pages).unwrap() } else { block };
            block.free().unwrap();
            is_sound(&[]);
        });
    };
    freed("large: freed above stale pages, without its own", 0, 1);
    freed("large: freed above stale pages, longer by then", 2, 2);
}

/// Two threads free a block each and allocate again: each may get the other's range, or its pages.
fn freed_and_made_again(name: &str, pages: Pages) {
    explore_with(name, pages, Some(1), || {
        let [mine, others] = [1, 2].map(|contents| Block::make(1, contents).unwrap());
        let again = |block: Block| {
            block.free().unwrap();
            Block::make(1, block.contents + 2).unwrap()
        };
        let other = spawn(move || again(others));
        let mine = again(mine);
        is_sound(&[mine, other.join().unwrap()]);
    });
}

#[test]
fn ranges_and_places_change_hands() {
    freed_and_made_again("large: 2 free and allocate", Pages::Stay);
    freed_and_made_again("large: 2 free and allocate, by way of the stash", Pages::Move);
}

/// One thread frees what had grown, one takes over what had grown and waits, with pages behind it that are
/// another's, and grows into them, one gives back the pages of all that wait.
#[test]
fn what_had_grown_changes_hands() {
    explore_with("large: one that grew is freed, one taken over", Pages::Stay, Some(1), || {
        let blocks = [1, 2, 3].map(Block::make_grown);
        // Pages stay where one grows soon after another was freed.
        blocks[0].free().unwrap();
        let beside = Block::make_grown(4);
        blocks[1].free().unwrap();
        assert_eq!(TABLE.try_acquire().unwrap().retained.bytes(), 2 * PAGE);
        let freer = spawn(move || blocks[2].free().unwrap());
        let giver = spawn(|| free::give_back_overdue(NOW, true));
        let new = Block::make_grown(5);
        freer.join().unwrap();
        giver.join().unwrap();
        is_sound(&[beside, new]);
    });
}

/// Long lives of four threads, which pass blocks to one another.
#[cfg(shuttle)]
#[test]
fn blocks_wander_between_threads() {
    use crate::base::sync::explored::draw;
    use std::sync::Mutex;
    const OPERATIONS: u64 = 50;
    static PILE: Mutex<Vec<Block>> = Mutex::new(Vec::new());

    fn live(number: u64) {
        for operation in 0..OPERATIONS {
            let found = PILE.lock().unwrap().pop();
            match (draw(8), found) {
                (0, Some(block)) => {
                    // Some can only be copied: that is for another layer.
                    let grown = block.grow(block.pages + 1 + draw(2)).unwrap_or(block);
                    grown.is_intact();
                    PILE.lock().unwrap().push(grown);
                }
                (1, Some(block)) => {
                    block.is_intact();
                    PILE.lock().unwrap().insert(0, block);
                }
                (2..5, Some(block)) => {
                    block.is_intact();
                    block.free().unwrap();
                }
                (choice, found) => {
                    PILE.lock().unwrap().extend(found);
                    match choice {
                        0 => {
                            free::give_back_everything();
                        }
                        1 => {
                            free::give_back_overdue(NOW, true);
                        }
                        _ => {
                            let contents = number << 32 | operation << 8 | 1;
                            let block =
                                Block::make_with(1 + draw(3), contents, 3 * draw(2)).unwrap();
                            PILE.lock().unwrap().push(block);
                        }
                    }
                }
            }
        }
    }

    for (name, pages) in [
        ("large: blocks wander between four", Pages::Stay),
        ("large: blocks wander between four, by way of the stash", Pages::Move),
    ] {
        explore_with(name, pages, None, || {
            PILE.lock().unwrap().clear();
            let others: Vec<_> = (1..4).map(|number| spawn(move || live(number))).collect();
            live(0);
            others.into_iter().for_each(|other| other.join().unwrap());
            let left = core::mem::take(&mut *PILE.lock().unwrap());
            is_sound(&left);
        });
    }
}
