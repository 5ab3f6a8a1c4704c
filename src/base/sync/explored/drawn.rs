//! Orders that are drawn, by shuttle. The seed of one that fails is printed; with it in the variable
//! `SHUTTLE_RANDOM_SEED` nothing else is run.

use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Milliseconds for each model, unless `STARMALLOC_ORDERS_MS` says otherwise.
const SHORT_MS: u64 = 1000;
/// Room for each thread.
const STACK_BYTES: usize = 1 << 20;

/// A cell without order is not found here: all that this checker sees has one.
pub(super) struct Cell(());

impl Cell {
    pub(super) const fn new(nothing: ()) -> Self {
        Self(nothing)
    }

    pub(super) fn with(&self, look: impl FnOnce(())) {
        look(self.0);
    }

    pub(super) fn with_mut(&self, look: impl FnOnce(())) {
        look(self.0);
    }
}

fn time() -> Duration {
    let wanted = std::env::var("STARMALLOC_ORDERS_MS").ok().and_then(|text| text.parse().ok());
    Duration::from_millis(wanted.unwrap_or(SHORT_MS))
}

pub(super) fn check(_: Option<usize>, run: impl Fn() + Sync + Send + 'static) {
    let mut config = shuttle::Config::new();
    config.stack_size = STACK_BYTES;
    config.silence_warnings = true;
    config.failure_persistence = shuttle::FailurePersistence::None;
    let run = Arc::new(run);
    let (start, most, seeds) = (Instant::now(), time(), RandomState::new());
    for number in 0_u64.. {
        if start.elapsed() > most {
            break;
        }
        let scheduler =
            shuttle::scheduler::RandomScheduler::new_from_seed(seeds.hash_one(number), 1);
        let run = Arc::clone(&run);
        shuttle::Runner::new(scheduler, config.clone()).run(move || run());
    }
}

pub(super) fn describe(_: Option<usize>) -> String {
    "drawn".to_owned()
}

/// A number below `below`, drawn as the order is.
pub(crate) fn draw(below: usize) -> usize {
    use shuttle::rand::Rng;
    shuttle::rand::thread_rng().gen_range(0..below)
}
