//! All orders, by loom.

pub(super) type Cell = loom::cell::UnsafeCell<()>;

pub(super) fn check(preemptions: Option<usize>, run: impl Fn() + Sync + Send + 'static) {
    let mut model = loom::model::Builder::new();
    model.preemption_bound = preemptions;
    model.max_branches = 100_000;
    model.check(run);
}

pub(super) fn describe(preemptions: Option<usize>) -> String {
    preemptions.map_or_else(|| "preemptions any".to_owned(), |most| format!("preemptions {most}"))
}
