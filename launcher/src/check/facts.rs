//! What the kernel and this process's limits say.

use std::fs;

use procfs::process::{MMapPath, Process};
use rustix::process::{Resource, getrlimit};

use super::Fact;
use super::trial::Trial;

/// Page sizes that the library works with.
const PAGES: [usize; 3] = [4096, 16_384, 65_536];
/// Mappings a process may have unless the system is told otherwise.
const USUAL_MAPPINGS: u64 = 65_530;
/// Address bits of a process below which the larger layouts do not fit.
const USUAL_ADDRESS_BITS: u32 = 42;

/// What holds for the whole machine.
pub(super) fn of_machine(trial: &Trial) -> Vec<Fact> {
    let release = rustix::system::uname().release().to_string_lossy().into_owned();
    let mut facts = vec![Fact::good("kernel", release)];
    if let Some(setup) = &trial.setup {
        facts.push(guards(setup.has_guard_advice));
        facts.push(seals(setup.has_seals));
    }
    facts.push(page_size(rustix::param::page_size()));
    facts.extend(address_bits());
    let has_guard_advice = trial.setup.as_ref().is_some_and(|setup| setup.has_guard_advice);
    facts.extend(max_map_count(has_guard_advice));
    facts.extend(overcommit());
    facts.extend(huge_pages());
    facts
}

/// What holds for this process and those that it starts.
pub(super) fn of_process() -> Vec<Fact> {
    let limits = [("RLIMIT_AS", Resource::As, "v"), ("RLIMIT_DATA", Resource::Data, "d")];
    let limits =
        limits.map(|(name, resource, flag)| limit(name, getrlimit(resource).current, flag));
    limits.into_iter().chain(seccomp()).collect()
}

fn guards(has_advice: bool) -> Fact {
    let name = "guard pages";
    if has_advice {
        return Fact::good(name, "by madvise (MADV_GUARD_INSTALL)");
    }
    Fact::note(
        name,
        "by mprotect",
        "Each guard splits a mapping: memory is used a little more, and vm.max_map_count counts. \
         Linux 6.13 and newer have lightweight guards.",
    )
}

fn seals(has_seals: bool) -> Fact {
    if has_seals {
        return Fact::good("mseal", "used");
    }
    let advice = "What is fixed at start is read-only but not sealed. Linux 6.10 and newer can.";
    Fact::note("mseal", "not there", advice)
}

fn page_size(bytes: usize) -> Fact {
    let value = format!("{bytes} bytes");
    if PAGES.contains(&bytes) {
        return Fact::good("page size", value);
    }
    Fact::bad("page size", value, "Only pages of 4, 16 and 64 KiB are supported.")
}

/// How many bits an address of a process has, told by the stack, which is near the upper end.
fn address_bits() -> Option<Fact> {
    let maps = Process::myself().and_then(|process| process.maps()).ok()?;
    let stack = maps.0.iter().find(|mapping| mapping.pathname == MMapPath::Stack)?;
    let bits = u64::BITS - (stack.address.1 - 1).leading_zeros();
    let value = format!("{bits} of a process");
    if bits > USUAL_ADDRESS_BITS {
        return Some(Fact::good("address bits", value));
    }
    let advice = "The largest layouts do not fit; a smaller one is taken.";
    Some(Fact::note("address bits", value, advice))
}

fn max_map_count(has_guard_advice: bool) -> Option<Fact> {
    let most: u64 = number("/proc/sys/vm/max_map_count")?;
    let (name, value) = ("vm.max_map_count", most.to_string());
    if most > USUAL_MAPPINGS || (has_guard_advice && most == USUAL_MAPPINGS) {
        return Some(Fact::good(name, value));
    }
    Some(Fact::note(
        name,
        value,
        "A program with many large allocations or guards may be out of memory while some is free: \
         `sysctl -w vm.max_map_count=1048576`, and the same in /etc/sysctl.d to keep it.",
    ))
}

fn overcommit() -> Option<Fact> {
    let mode: u64 = number("/proc/sys/vm/overcommit_memory")?;
    let name = "overcommit";
    Some(match mode {
        0 => Fact::good(name, "0, heuristic"),
        1 => Fact::good(name, "1, always"),
        _ => Fact::note(
            name,
            format!("{mode}, strict"),
            "Memory is charged when it is made usable, so programs may be refused some before it \
             is full; vm.overcommit_ratio says how much there is.",
        ),
    })
}

fn huge_pages() -> Option<Fact> {
    let modes = fs::read_to_string("/sys/kernel/mm/transparent_hugepage/enabled").ok()?;
    let mode = modes.split(['[', ']']).nth(1)?;
    Some(Fact::good("huge pages", format!("{mode}; the library asks for none unless thp=on")))
}

fn limit(name: &'static str, current: Option<u64>, flag: &str) -> Fact {
    let Some(bytes) = current else { return Fact::good(name, "unlimited") };
    let advice = format!(
        "A smaller layout or less memory than there is may be the consequence; \
         `ulimit -{flag} unlimited` before the program starts lifts it."
    );
    Fact::note(name, format!("{} MiB", bytes >> 20), advice)
}

fn seccomp() -> Option<Fact> {
    let mode = Process::myself().and_then(|process| process.status()).ok()?.seccomp?;
    let name = "seccomp";
    Some(match mode {
        0 => Fact::good(name, "no filter"),
        _ => Fact::note(
            name,
            format!("mode {mode}"),
            "System calls are filtered here. docs/design.md lists those the library makes; what is \
             refused costs a feature above, and a filter that kills may end a program.",
        ),
    })
}

/// The number that a file of the kernel holds.
fn number(file: &str) -> Option<u64> {
    fs::read_to_string(file).ok()?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::super::Verdict;
    use super::*;

    #[test]
    fn old_kernels_are_noted_and_odd_pages_do_not_work() {
        assert_eq!(guards(false).verdict, Verdict::Note);
        assert_eq!(seals(false).verdict, Verdict::Note);
        assert_eq!(page_size(16_384).verdict, Verdict::Good);
        assert_eq!(page_size(8192).verdict, Verdict::Bad);
    }

    #[test]
    fn a_limit_is_shown_with_the_way_to_lift_it() {
        assert_eq!(limit("RLIMIT_AS", None, "v").verdict, Verdict::Good);
        let limited = limit("RLIMIT_AS", Some(64 << 20), "v");
        assert_eq!((limited.verdict, limited.value.as_str()), (Verdict::Note, "64 MiB"));
        assert!(limited.advice.unwrap().contains("ulimit -v"));
    }
}
