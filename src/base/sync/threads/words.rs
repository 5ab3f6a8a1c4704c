//! Atomics as Valgrind's race checkers can follow them.
//!
//! They know the functions of pthread and no atomics. They take an exchange in one step for a read, so every
//! store is one here: no two accesses to a word conflict. What a Release and an Acquire put in order they
//! are told by requests. An Acquire that reads an older value than the last Release left is taken to have
//! read that, so fewer races are seen than there may be.

#![allow(unsafe_code, reason = "a request to the checker is a sequence of instructions")]

pub(crate) use core::sync::atomic::Ordering;

/// What a checker that runs this process is asked for; outside of one nothing happens.
#[derive(Clone, Copy)]
enum Request {
    /// All that came before comes before each later `After` of the same address.
    Before = 0x4847_0121,
    After = 0x4847_0122,
}

#[cfg(target_arch = "x86_64")]
fn ask(request: Request, at: usize) {
    let words = [request as usize, at, 0, 0, 0, 0];
    // SAFETY: four turns by 128 bits in all and an exchange with itself change nothing; the checker knows
    // the sequence and reads the six words.
    unsafe {
        core::arch::asm!(
            "rol rdi, 3", "rol rdi, 13", "rol rdi, 61", "rol rdi, 51", "xchg rbx, rbx",
            in("rax") &raw const words,
            inout("rdx") 0usize => _,
        );
    }
}

fn is_release(order: Ordering) -> bool {
    matches!(order, Ordering::Release | Ordering::AcqRel | Ordering::SeqCst)
}

fn is_acquire(order: Ordering) -> bool {
    matches!(order, Ordering::Acquire | Ordering::AcqRel | Ordering::SeqCst)
}

fn step<T>(at: usize, order: Ordering, work: impl FnOnce() -> T) -> T {
    if is_release(order) {
        ask(Request::Before, at);
    }
    let result = work();
    if is_acquire(order) {
        ask(Request::After, at);
    }
    result
}

macro_rules! words {
    ($($name:ident: $value:ty { $($operation:ident),* })*) => { $(
        /// As the language's.
        #[repr(transparent)]
        pub(crate) struct $name(core::sync::atomic::$name);

        impl $name {
            pub(crate) const fn new(value: $value) -> Self {
                Self(core::sync::atomic::$name::new(value))
            }

            fn at(&self) -> usize {
                core::ptr::from_ref(self).addr()
            }

            pub(crate) fn load(&self, order: Ordering) -> $value {
                step(self.at(), order, || self.0.load(order))
            }

            pub(crate) fn store(&self, value: $value, order: Ordering) {
                step(self.at(), order, || self.0.swap(value, order));
            }

            pub(crate) fn swap(&self, value: $value, order: Ordering) -> $value {
                step(self.at(), order, || self.0.swap(value, order))
            }

            pub(crate) fn compare_exchange(
                &self,
                from: $value,
                to: $value,
                success: Ordering,
                failure: Ordering,
            ) -> Result<$value, $value> {
                step(self.at(), success, || self.0.compare_exchange(from, to, success, failure))
            }

            $(
                pub(crate) fn $operation(&self, value: $value, order: Ordering) -> $value {
                    step(self.at(), order, || self.0.$operation(value, order))
                }
            )*
        }
    )* };
}

every_word! { words }
