//! The lock in every order of its threads' steps.

use super::Lock;
use crate::base::sync::explored::{explore, spawn};

/// Each holder finds what the one before it left: nobody is inside with another, and what is written
/// inside is seen by the next. A waiter whom nobody wakes would end the run: all threads asleep.
fn each_adds_one(name: &str, threads: u64, times: u64, preemptions: Option<usize>) {
    static LOCK: Lock<u64> = Lock::new(0);
    explore(name, preemptions, move || {
        *LOCK.try_acquire().unwrap() = 0;
        let add = move || {
            for _ in 0..times {
                *LOCK.acquire().unwrap_or_else(|_| unreachable!()) += 1;
            }
        };
        let others: Vec<_> = (1..threads).map(|_| spawn(add)).collect();
        add();
        others.into_iter().for_each(|other| other.join().unwrap());
        assert_eq!(*LOCK.try_acquire().unwrap(), threads * times);
    });
}

#[test]
fn two_threads_wait_for_one_another() {
    each_adds_one("lock: 2 threads, 1 turn", 2, 1, None);
    each_adds_one("lock: 2 threads, 2 turns", 2, 2, Some(3));
}

#[test]
fn three_threads_wait_for_one_another() {
    each_adds_one("lock: 3 threads, 1 turn", 3, 1, Some(2));
}

#[test]
fn who_only_tries_is_let_in_alone() {
    static LOCK: Lock<u64> = Lock::new(0);
    explore("lock: 3 threads that try", None, || {
        *LOCK.try_acquire().unwrap() = 0;
        let try_it = || {
            LOCK.try_acquire().map_or(0, |mut value| {
                *value += 1;
                1
            })
        };
        let others = [spawn(try_it), spawn(try_it)];
        let let_in = try_it() + others.map(|other| other.join().unwrap()).iter().sum::<u64>();
        assert!(let_in >= 1);
        assert_eq!(*LOCK.try_acquire().unwrap(), let_in);
    });
}

/// One thread forks: it holds both locks and opens them again, as two holders of one each go on.
#[test]
fn a_fork_holds_all_or_none() {
    static LOCKS: [Lock<u64>; 2] = [const { Lock::new(0) }; 2];
    explore("lock: a fork and a holder of each of two locks", Some(2), || {
        for lock in &LOCKS {
            *lock.try_acquire().unwrap() = 0;
        }
        let add = |lock: &'static Lock<u64>| {
            move || *lock.acquire().unwrap_or_else(|_| unreachable!()) += 1
        };
        let others = [spawn(add(&LOCKS[0])), spawn(add(&LOCKS[1]))];
        if LOCKS[0].hold_for_fork() {
            if LOCKS[1].hold_for_fork() {
                assert!(LOCKS.iter().all(|lock| lock.try_acquire().is_none()));
            }
            LOCKS[1].let_go_after_fork();
            LOCKS[0].let_go_after_fork();
        }
        others.into_iter().for_each(|other| other.join().unwrap());
        assert!(LOCKS.iter().all(|lock| lock.try_acquire().is_some_and(|value| *value == 1)));
    });
}

/// Each of two threads holds a lock and wants the other's: somebody does without, nobody sleeps for good.
#[test]
fn two_locks_crosswise_do_not_hang() {
    static LOCKS: [Lock<()>; 2] = [const { Lock::new(()) }; 2];
    explore("lock: two locks crosswise", Some(3), || {
        let cross = |mine: usize| {
            move || {
                let held = LOCKS[mine].acquire();
                let both = LOCKS[1 - mine].acquire().is_ok();
                drop(held);
                both
            }
        };
        let other = spawn(cross(1));
        cross(0)();
        other.join().unwrap();
        assert!(LOCKS.iter().all(|lock| lock.try_acquire().is_some()));
    });
}
