//! Containers and control groups: how much memory they leave to this process.

use std::fs;
use std::path::{Path, PathBuf};

use super::Fact;

/// Where control groups are.
const GROUPS: &str = "/sys/fs/cgroup";
/// What version 1 says for no limit is about as much as there are addresses.
const NO_LIMIT: u64 = 1 << 62;

/// Whether this is a container, and the smallest limit on memory that holds here.
pub(super) fn facts() -> Vec<Fact> {
    let list = fs::read_to_string("/proc/self/cgroup").unwrap_or_default();
    vec![Fact::good("container", container().unwrap_or("none seen")), memory(&list)]
}

/// Which kind of container this is, by the marks that they leave.
fn container() -> Option<&'static str> {
    let marks = [
        ("/.dockerenv", "docker"),
        ("/run/.containerenv", "podman"),
        ("/run/systemd/container", "systemd"),
        ("/var/run/secrets/kubernetes.io", "kubernetes"),
    ];
    marks.into_iter().find(|(mark, _)| Path::new(mark).exists()).map(|(_, name)| name)
}

fn memory(list: &str) -> Fact {
    let name = "memory limit";
    let limits = list.lines().filter_map(group_of).flat_map(limits);
    let Some(bytes) = limits.min() else { return Fact::good(name, "none by control groups") };
    let mebibytes = bytes >> 20;
    Fact::note(
        name,
        format!("{mebibytes} MiB by a control group"),
        format!(
            "Beyond it the kernel kills a process. rss_limit_mb={} makes malloc return NULL before.",
            mebibytes / 10 * 9
        ),
    )
}

/// The folder and the file of the limit, for a line `number:controllers:/path`.
fn group_of(line: &str) -> Option<(PathBuf, PathBuf, &'static str)> {
    let mut fields = line.splitn(3, ':').skip(1);
    let (controllers, path) = (fields.next()?, fields.next()?);
    let path = path.trim_start_matches('/');
    let top = Path::new(GROUPS);
    if controllers.is_empty() {
        return Some((top.to_owned(), top.join(path), "memory.max"));
    }
    let top = top.join("memory");
    let is_memory = controllers.split(',').any(|controller| controller == "memory");
    is_memory.then(|| (top.clone(), top.join(path), "memory.limit_in_bytes"))
}

/// The limits of a group and of those that it is in.
fn limits((top, group, file): (PathBuf, PathBuf, &'static str)) -> Vec<u64> {
    let groups = group.ancestors().take_while(|group| group.starts_with(&top));
    let texts = groups.filter_map(|group| fs::read_to_string(group.join(file)).ok());
    let numbers = texts.filter_map(|text| text.trim().parse().ok());
    numbers.filter(|limit| *limit < NO_LIMIT).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_versions_of_control_groups_are_found() {
        let (_, group, file) = group_of("0::/user.slice/a").unwrap();
        assert_eq!(group.join(file), Path::new("/sys/fs/cgroup/user.slice/a/memory.max"));
        let (_, group, file) = group_of("4:cpu,memory:/a").unwrap();
        assert_eq!(group.join(file), Path::new("/sys/fs/cgroup/memory/a/memory.limit_in_bytes"));
        assert!(group_of("5:cpu:/a").is_none());
    }

    #[test]
    fn the_smallest_limit_on_the_way_up_counts() {
        let folder = tempfile::tempdir().unwrap();
        let inner = folder.path().join("a/b");
        fs::create_dir_all(&inner).unwrap();
        fs::write(folder.path().join("a/memory.max"), "1000\n").unwrap();
        fs::write(inner.join("memory.max"), "max\n").unwrap();
        assert_eq!(limits((folder.path().to_owned(), inner, "memory.max")), [1000]);
    }
}
