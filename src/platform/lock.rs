//! The one lock: spins briefly, then sleeps in the kernel, and knows who holds it.
//!
//! A lock that only spins collapses when its holder is preempted. The owner is kept so that a
//! signal handler, or a fork in one, can tell a lock of its own interrupted thread from a stranger's.
//!
//! Outside of forks and of start-up no thread takes a second lock, but in a signal handler that interrupted the
//! holder of another. Two threads with such handlers may each want what the other holds, so the second lock is
//! waited for only so long.
//!
//! - **L-SOLE**: the value is reached only through a `Guard`, and a `Guard` exists only while `word`
//!   is not FREE and was taken by the guard's maker.

use super::syscall::syscall;
use super::thread::{self, Word};
use crate::base::sync::{AtomicU32, AtomicUsize, Ordering, UnsafeCell, rounds, spin_loop};
use core::ops::{Deref, DerefMut};

const FREE: u32 = 0;
/// Set in the word when somebody may sleep; the other bits name the holder.
const WAITERS: u32 = 1 << 31;

/// Tries before sleeping: about a microsecond, longer than any of our critical sections without a
/// system call.
const SPINS: u32 = rounds(100, 1);

/// Turns given to other threads before a second lock is given up.
const TURNS: u32 = rounds(100, 1);
/// The first of them cost nothing where nobody waits.
const YIELDS: u32 = 10;

/// The holder took the lock to use the value.
const IN_USE: u32 = 0;
/// The holder is about to fork, or just did, and does not use the value: hooks of others that run
/// meanwhile may.
const FOR_FORK: u32 = 1;
/// Such a hook does.
const BORROWED: u32 = 2;

/// The thread that holds locks for a fork, if one does: its whole identity, of which lock words have a part.
static FORKER: AtomicUsize = AtomicUsize::new(0);

/// How a lock is waited for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wait {
    /// Until it opens.
    Long,
    /// For some turns of other threads.
    Short,
}

/// A value behind a lock. All-zero bytes are an open lock around a zeroed value.
pub(crate) struct Lock<T> {
    word: AtomicU32,
    /// Whether the holder took it only to fork: one of the numbers above.
    for_fork: AtomicU32,
    value: UnsafeCell<T>,
}

// SAFETY: L-SOLE makes access to the value exclusive.
unsafe impl<T: Send> Sync for Lock<T> {}

/// The right to use the value; gives the lock back when dropped.
pub(crate) struct Guard<'a, T>(&'a Lock<T>);

/// This very thread holds the lock, or holds another one while a third thread does not let go of this:
/// we run in a signal handler that interrupted the holder.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct HeldHere;

/// This thread's name in a lock word. Two threads whose storage lies a multiple of 32 GiB apart
/// share one; the loser is then told `HeldHere`, which every caller survives.
#[inline]
fn holder_bits() -> u32 {
    (thread::identity() >> 4) as u32 & !WAITERS | 1
}

impl<T> Lock<T> {
    /// An open lock.
    pub(crate) const fn new(value: T) -> Self {
        Self {
            word: AtomicU32::new(FREE),
            for_fork: AtomicU32::new(IN_USE),
            value: UnsafeCell::new(value),
        }
    }

    /// Takes the lock if it is open.
    #[inline]
    pub(crate) fn try_acquire(&self) -> Option<Guard<'_, T>> {
        let locks = thread::load(Word::Locks);
        // Before the lock is taken, so that a signal handler sees it at any moment.
        thread::store(Word::Locks, locks + 1);
        // Acquire pairs with the Release in `open`.
        let swapped =
            self.word.compare_exchange(FREE, holder_bits(), Ordering::Acquire, Ordering::Relaxed);
        if swapped.is_ok() {
            return Some(Guard(self));
        }
        thread::store(Word::Locks, locks);
        None
    }

    /// Takes the lock, waiting for other threads; refuses when this thread holds it already, or holds
    /// another and this one does not open.
    #[inline]
    pub(crate) fn acquire(&self) -> Result<Guard<'_, T>, HeldHere> {
        match self.try_acquire() {
            Some(guard) => Ok(guard),
            None if thread::load(Word::Locks) == 0 => self.acquire_slowly(Wait::Long),
            None => self.acquire_slowly(Wait::Short),
        }
    }

    /// Whether somebody holds it at this moment.
    pub(crate) fn is_taken(&self) -> bool {
        self.word.load(Ordering::Relaxed) != FREE
    }

    #[cold]
    #[inline(never)]
    fn acquire_slowly(&self, wait: Wait) -> Result<Guard<'_, T>, HeldHere> {
        if self.is_held_here() {
            return self.borrow_from_fork();
        }
        for _ in 0..SPINS {
            if self.word.load(Ordering::Relaxed) == FREE
                && let Some(guard) = self.try_acquire()
            {
                return Ok(guard);
            }
            spin_loop();
        }
        match wait {
            Wait::Long => Ok(self.sleep_until_open()),
            Wait::Short => self.take_turns(),
        }
    }

    /// Lets the thread that forks use the value all the same.
    fn borrow_from_fork(&self) -> Result<Guard<'_, T>, HeldHere> {
        let is_ours = FORKER.load(Ordering::Relaxed) == thread::identity();
        if !is_ours || self.for_fork.load(Ordering::Relaxed) != FOR_FORK {
            return Err(HeldHere);
        }
        self.for_fork.store(BORROWED, Ordering::Relaxed);
        Ok(Guard(self))
    }

    fn sleep_until_open(&self) -> Guard<'_, T> {
        let me = holder_bits();
        thread::store(Word::Locks, thread::load(Word::Locks) + 1);
        loop {
            let seen = self.word.load(Ordering::Relaxed);
            // Taken with the waiters' bit: others may still sleep. Acquire pairs with `open`.
            let wanted = if seen == FREE { me | WAITERS } else { seen | WAITERS };
            let swapped =
                self.word.compare_exchange(seen, wanted, Ordering::Acquire, Ordering::Relaxed);
            match swapped {
                Ok(FREE) => return Guard(self),
                Ok(_) => self.futex(libc::FUTEX_WAIT, wanted),
                Err(_) => spin_loop(),
            }
        }
    }

    fn take_turns(&self) -> Result<Guard<'_, T>, HeldHere> {
        for turn in 0..TURNS {
            if turn < YIELDS {
                thread::yield_now();
            } else {
                thread::nap();
            }
            if let Some(guard) = self.try_acquire() {
                return Ok(guard);
            }
        }
        Err(HeldHere)
    }

    #[cold]
    #[inline(never)]
    fn futex(&self, operation: i32, value: u32) {
        let operation = (operation | libc::FUTEX_PRIVATE_FLAG) as usize;
        let args = [self.word.as_ptr().expose_provenance(), operation, value as usize, 0, 0, 0];
        // SAFETY: the word lives as long as the lock; the kernel only reads it.
        if unsafe { syscall(libc::SYS_futex, args) }.is_err() {
            // Changed in between, or the call is not allowed here: let the holder run.
            thread::yield_now();
        }
    }

    #[inline(never)]
    fn open(&self) {
        // Only the holder changes it.
        if self.for_fork.load(Ordering::Relaxed) == BORROWED {
            self.for_fork.store(FOR_FORK, Ordering::Relaxed);
            return;
        }
        // Release pairs with the Acquire of the next holder.
        if self.word.swap(FREE, Ordering::Release) & WAITERS != 0 {
            self.futex(libc::FUTEX_WAKE, 1);
        }
        thread::store(Word::Locks, thread::load(Word::Locks).wrapping_sub(1));
    }

    /// Takes the lock for the time of a fork, unless the forking thread holds it itself. `false` when
    /// another thread does not let go of it: that one may be in a handler that waits for this thread.
    #[must_use]
    pub(crate) fn hold_for_fork(&self) -> bool {
        match self.try_acquire().map_or_else(|| self.acquire_slowly(Wait::Short), Ok) {
            Ok(guard) => {
                self.for_fork.store(FOR_FORK, Ordering::Relaxed);
                FORKER.store(thread::identity(), Ordering::Relaxed);
                core::mem::forget(guard);
                true
            }
            Err(HeldHere) => self.is_held_here(),
        }
    }

    fn is_held_here(&self) -> bool {
        self.word.load(Ordering::Relaxed) & !WAITERS == holder_bits()
    }

    /// Opens the lock if `hold_for_fork` took it; in the parent and in the child.
    pub(crate) fn let_go_after_fork(&self) {
        if self.for_fork.swap(IN_USE, Ordering::Relaxed) != IN_USE {
            self.open();
        }
    }
}

impl<T> Deref for Guard<'_, T> {
    type Target = T;
    #[inline]
    fn deref(&self) -> &T {
        // SAFETY: L-SOLE.
        unsafe { &*self.0.value.get() }
    }
}

impl<T> DerefMut for Guard<'_, T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: L-SOLE, and `&mut self` rules out another reference from this guard.
        unsafe { &mut *self.0.value.get() }
    }
}

impl<T> Drop for Guard<'_, T> {
    #[inline]
    fn drop(&mut self) {
        self.0.open();
    }
}

#[cfg(all(test, any(loom, shuttle, threads)))]
mod interleavings;

#[cfg(test)]
mod tests {
    use super::{HeldHere, Lock};
    use std::sync::Arc;

    #[test]
    fn holders_exclude_one_another() {
        let lock = Arc::new(Lock::new(0u64));
        let threads: Vec<_> = (0..4)
            .map(|_| {
                let lock = Arc::clone(&lock);
                std::thread::spawn(move || {
                    for _ in 0..20_000 {
                        *lock.acquire().unwrap_or_else(|_| unreachable!()) += 1;
                    }
                })
            })
            .collect();
        for thread in threads {
            thread.join().unwrap();
        }
        assert_eq!(*lock.try_acquire().unwrap(), 80_000);
    }

    #[test]
    fn the_holder_is_told_that_it_is_the_holder() {
        let lock = Lock::new(());
        let held = lock.acquire();
        assert_eq!(lock.acquire().err(), Some(HeldHere));
        assert!(lock.hold_for_fork());
        lock.let_go_after_fork();
        assert!(lock.try_acquire().is_none());
        drop(held);
        assert!(lock.hold_for_fork());
        assert!(lock.try_acquire().is_none());
        let borrowed = lock.acquire();
        assert!(borrowed.is_ok());
        assert_eq!(lock.acquire().err(), Some(HeldHere));
        drop(borrowed);
        assert!(lock.acquire().is_ok());
        assert!(lock.try_acquire().is_none());
        lock.let_go_after_fork();
        assert!(lock.try_acquire().is_some());
    }

    /// Each of two threads holds a lock and wants the other's, as two signal handlers may.
    #[test]
    fn a_second_lock_is_given_up() {
        let locks = Arc::new([Lock::new(()), Lock::new(())]);
        let both_hold = Arc::new(std::sync::Barrier::new(2));
        let threads = [0, 1].map(|mine| {
            let (locks, both_hold) = (Arc::clone(&locks), Arc::clone(&both_hold));
            std::thread::spawn(move || {
                let held = locks[mine].acquire();
                both_hold.wait();
                let refused =
                    locks[1 - mine].acquire().is_err() && !locks[1 - mine].hold_for_fork();
                both_hold.wait();
                drop(held);
                refused
            })
        });
        assert_eq!(threads.map(|thread| thread.join().unwrap()), [true, true]);
        assert!(locks.iter().all(|lock| lock.acquire().is_ok()));
    }
}
