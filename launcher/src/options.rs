//! The value of STARMALLOC_OPTIONS, the list of settings that the library reads at start.

use std::ffi::{OsStr, OsString};

/// The environment variable that the library reads.
pub(crate) const VARIABLE: &str = "STARMALLOC_OPTIONS";

/// How much protection for how much time and memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Level {
    /// Less memory.
    Light,
    /// What is set without any option.
    Default,
    /// A longer quarantine, more guards, and a look at every block at exit.
    Strong,
}

impl Level {
    /// The word that the library knows it by.
    fn word(self) -> &'static str {
        match self {
            Self::Light => "light",
            Self::Default => "default",
            Self::Strong => "strong",
        }
    }
}

/// Adds the settings at the end of the list `before`: of two, the library takes the later one. The
/// level comes first, for it sets several options at once and would undo what is named by itself.
pub(crate) fn with(
    before: Option<&OsStr>,
    level: Option<Level>,
    settings: &[String],
    stats: bool,
) -> Option<OsString> {
    let level = level.map(|level| format!("level={}", level.word()));
    let stats = stats.then(|| "stats_at_exit=on".to_owned());
    let added: Vec<String> =
        level.into_iter().chain(settings.iter().cloned()).chain(stats).collect();
    if added.is_empty() {
        return None;
    }
    let mut list = before.unwrap_or_default().to_os_string();
    if !list.is_empty() {
        list.push(",");
    }
    list.push(added.join(","));
    Some(list)
}

/// The value that `list` has in force for `name`, if it sets it. Whether the library takes it, it says itself.
pub(crate) fn value<'a>(list: &'a str, name: &str) -> Option<&'a str> {
    let mut settings = list.split([',', ':']).rev().filter_map(|setting| setting.split_once('='));
    settings.find(|(own, _)| own.trim() == name).map(|(_, value)| value.trim())
}

/// Accepts one setting of the form `name=value`. Whether there is such an option is for the library
/// to say, which names what it does not know.
pub(crate) fn setting(text: &str) -> Result<String, String> {
    match text.split_once('=') {
        _ if text.contains([',', ':']) => {
            Err("one option at a time: no comma, no colon".to_owned())
        }
        Some((name, value)) if !name.trim().is_empty() && !value.trim().is_empty() => {
            Ok(text.to_owned())
        }
        _ => Err("an option is NAME=VALUE, such as quarantine=1000".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_asked_for_leaves_the_list_alone() {
        assert_eq!(with(Some(OsStr::new("verbose=1")), None, &[], false), None);
    }

    #[test]
    fn what_is_asked_for_follows_what_is_there_and_the_level_leads() {
        let list = with(Some(OsStr::new("arenas=2")), Some(Level::Light), &["a=b".into()], true);
        assert_eq!(list.unwrap(), "arenas=2,level=light,a=b,stats_at_exit=on");
        assert_eq!(with(None, Some(Level::Strong), &[], false).unwrap(), "level=strong");
    }

    #[test]
    fn the_last_of_several_values_is_in_force() {
        assert_eq!(value("a=1, level=light:level = strong,b=2", "level"), Some("strong"));
        assert_eq!(value("a=1", "level"), None);
    }

    #[test]
    fn a_setting_has_a_name_and_a_value_and_is_one() {
        assert!(setting("quarantine=5").is_ok());
        for wrong in ["quarantine", "=5", "a=", "a=1,b=2", "a=1:b=2", ""] {
            assert!(setting(wrong).is_err(), "{wrong}");
        }
    }
}
