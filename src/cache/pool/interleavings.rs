//! Threads that begin and end at once: no cache has two owners.

use super::{KEPT_NOW, POOL, Pool, give_back, keep, release_kept, take_one};
use crate::base::generator::Generator;
use crate::base::sync::Ordering;
use crate::base::sync::explored::{explore, spawn};
use crate::region::explored::{Page, prepare};

/// A page for each cache: two owners without an order between them would be found at it.
static PAGES: [Page; 3] = [const { Page::new() }; 3];

/// The pool as a run finds it: no cache was ever made. All caches draw the same.
pub(crate) fn start_anew() {
    *POOL.try_acquire().unwrap() = Pool::new();
    KEPT_NOW.store(0, Ordering::Relaxed);
}

/// No cache that was made has an owner, and each is in the list once.
pub(crate) fn all_are_spare() {
    let made = POOL.try_acquire().unwrap().made;
    let mut spare: Vec<_> = (0..made).map(|_| take_one().unwrap().cache().index).collect();
    spare.sort_unstable();
    assert_eq!(spare, (0..made).collect::<Vec<_>>());
    assert_eq!(POOL.try_acquire().unwrap().spare, 0);
}

fn live_and_end() -> u32 {
    let mut current = take_one().unwrap();
    let index = current.cache().index;
    let page = &PAGES[index as usize];
    page.write(page.read() + 1);
    give_back(current);
    index
}

fn all_live(name: &str, threads: usize, preemptions: Option<usize>) {
    prepare();
    explore(name, preemptions, move || {
        PAGES.iter().for_each(|page| page.write(0));
        start_anew();
        let others: Vec<_> = (1..threads).map(|_| spawn(live_and_end)).collect();
        live_and_end();
        others.into_iter().for_each(|other| assert!(other.join().is_ok()));
        let made = POOL.try_acquire().unwrap().made as usize;
        assert!((1..=threads).contains(&made));
        assert_eq!(PAGES.iter().map(Page::read).sum::<u32>() as usize, threads);
        all_are_spare();
    });
}

/// Who takes a cache over, kept or spare, draws what no owner before drew, and what no known key gives.
#[test]
fn each_owner_of_a_cache_draws_anew() {
    prepare();
    explore("threads: one cache, five owners", Some(0), || {
        start_anew();
        POOL.try_acquire().unwrap().generator.rekey([7; 32]);
        let mut known = Generator::new_empty();
        known.rekey([0; 32]);
        let mut drawn = vec![0, known.next_u64()];
        for is_kept in [true, true, false, false, true] {
            let mut current = take_one().unwrap();
            assert_eq!(current.cache().index, 0);
            let draw = current.cache().generator.next_u64();
            assert!(!drawn.contains(&draw));
            drawn.push(draw);
            if is_kept {
                assert!(keep(current, 1).is_ok());
            } else {
                give_back(current);
            }
        }
    });
}

fn live_and_be_kept() -> u32 {
    let mut current = take_one().unwrap();
    let index = current.cache().index;
    let page = &PAGES[index as usize];
    page.write(page.read() + 1);
    if let Err(current) = keep(current, 1) {
        give_back(current);
    }
    index
}

/// Who takes over a cache that is kept, or empties it, owns it alone.
#[test]
fn a_cache_that_is_kept_has_one_owner_at_most() {
    prepare();
    explore("pool: kept, taken over and emptied", Some(3), || {
        PAGES.iter().for_each(|page| page.write(0));
        start_anew();
        live_and_be_kept();
        let other = spawn(live_and_be_kept);
        release_kept(
            || 9,
            1,
            |current| {
                let page = &PAGES[current.cache().index as usize];
                page.write(page.read());
            },
        );
        assert!(other.join().is_ok());
        assert_eq!(PAGES.iter().map(Page::read).sum::<u32>(), 2);
        release_kept(|| 9, 1, |_| ());
        assert_eq!(KEPT_NOW.load(Ordering::Relaxed), 0);
        all_are_spare();
    });
}

#[test]
fn no_cache_has_two_owners() {
    all_live("pool: 2 threads begin and end", 2, None);
    all_live("pool: 3 threads begin and end", 3, Some(2));
}
