use std::collections::{BTreeMap, HashMap};

mac::functions!();

fn work(thread: u8) -> usize {
    let map: HashMap<String, Vec<u8>> =
        (0..5000).map(|n| (n.to_string(), vec![thread; n % 900])).collect();
    map.values().map(Vec::len).sum()
}

fn main() {
    let threads: Vec<_> = (0..4).map(|n| std::thread::spawn(move || work(n))).collect();
    let sums: Vec<_> = threads.into_iter().map(|thread| thread.join().unwrap()).collect();
    let tree: BTreeMap<_, _> = (0..10000).map(|n| (n * 7919 % 10007, n.to_string())).collect();
    println!("{} {sums:?} {} {}", all(), tree.len(), env!("BUILT"));
}
