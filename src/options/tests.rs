//! Tests of the table and of reading lists: every row, every form, and what is skipped.
#![forbid(unsafe_code)]

use super::form::Form;
use super::table::{NO_FILL, Row};
use super::{FaultAction, Level, Options, RssAction, Warning, apply, value_in};
use std::collections::BTreeSet;

/// The options after `list`, and the warnings in words.
fn read(list: &str) -> (Options, Vec<String>) {
    let mut options = Options::DEFAULT;
    let mut warnings = Vec::new();
    apply(&mut options, list.as_bytes(), &mut |warning| warnings.push(words(&warning)));
    (options, warnings)
}

fn words(warning: &Warning<'_>) -> String {
    let mut text = Vec::new();
    warning.describe(&mut |piece| text.extend_from_slice(piece));
    String::from_utf8(text).unwrap()
}

/// The options after a list that must not cause a warning.
fn clean(list: &str) -> Options {
    let (options, warnings) = read(list);
    assert_eq!(warnings, [""; 0], "{list}");
    options
}

fn shown(row: &Row, raw: i64) -> String {
    let mut text = Vec::new();
    row.form.show(raw, &mut |piece| text.extend_from_slice(piece));
    String::from_utf8(text).unwrap()
}

/// Values at the edges of a form, and values just outside.
fn edges(form: Form) -> (Vec<i64>, Vec<i64>) {
    match form {
        Form::Switch => (vec![0, 1], vec![]),
        Form::Number(low, high) | Form::Size(low, high) => {
            (vec![low, high], vec![low - 1, high + 1])
        }
        Form::Byte => (vec![-1, 0, 255], vec![256]),
        Form::Path => (vec![0], vec![5]),
        Form::Word(words) => ((0..words.len() as i64).collect(), vec![]),
    }
}

#[test]
fn every_row_is_complete_and_named_once() {
    let names: BTreeSet<_> = Options::ROWS.iter().map(|row| row.name).collect();
    assert_eq!(names.len(), Options::ROWS.len());
    for row in Options::ROWS {
        assert!(row.name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'));
        assert!(row.meaning.iter().all(|line| line.len() > 8), "{}", row.name);
        for raw in [Some(row.default), row.light, row.strong].into_iter().flatten() {
            assert_eq!(row.form.read(shown(row, raw).as_bytes()), Some(raw), "{}", row.name);
        }
    }
}

#[test]
fn every_row_takes_its_edge_values_and_nothing_beyond() {
    for (index, row) in Options::ROWS.iter().enumerate() {
        let (inside, outside) = edges(row.form);
        for raw in inside {
            let options = clean(&format!("{}={}", row.name, shown(row, raw)));
            assert_eq!(options.get(index), Some(raw), "{}", row.name);
        }
        for raw in outside {
            let (options, warnings) = read(&format!("{}={raw}", row.name));
            assert_eq!(options, Options::DEFAULT, "{}", row.name);
            assert_eq!(warnings.len(), 1);
            assert!(warnings[0].starts_with(&format!("option {}: bad value '{raw}'", row.name)));
        }
    }
}

#[test]
fn hot_paths_suit_when_no_protection_is_off_or_added() {
    for list in ["", "level=light", "level=strong", "fill_pattern=0", "quarantine=0"] {
        assert!(clean(list).suit_hot_paths(), "{list}");
    }
    let others = ["zero_on_free=0", "check_on_reuse=0", "canary=0", "type_mismatch_check=1"];
    for list in others.into_iter().chain(["fill_pattern=7"]) {
        assert!(!clean(list).suit_hot_paths(), "{list}");
    }
}

/// No row has such a range.
#[test]
fn a_range_may_begin_below_zero() {
    let form = Form::Number(-5, 5);
    for (text, number) in [("-5", Some(-5)), ("-0x5", Some(-5)), ("5", Some(5)), ("-6", None)] {
        assert_eq!(form.read(text.as_bytes()), number, "{text}");
    }
}

#[test]
fn every_row_refuses_nonsense() {
    for row in Options::ROWS {
        for value in ["", "-", "x", "0x", "1 2", "1e3", "99999999999999999999", "onn", "1kk", "-0x"]
        {
            let (options, warnings) = read(&format!("{}={value}", row.name));
            assert_eq!((options, warnings.len()), (Options::DEFAULT, 1), "{}={value}", row.name);
        }
        let (_, warnings) = read(row.name);
        assert_eq!(warnings, [format!("option '{}' ignored: expected name=value", row.name)]);
    }
}

#[test]
fn the_default_level_is_the_default() {
    assert_eq!(clean("level=light,level=default"), Options::DEFAULT);
    assert_eq!(clean("level=strong,level=default"), Options::DEFAULT);
    assert_eq!(clean(""), Options::DEFAULT);
    for (index, row) in Options::ROWS.iter().enumerate() {
        assert_eq!(Options::DEFAULT.get(index), Some(row.default), "{}", row.name);
    }
}

#[test]
fn levels_set_their_columns_and_leave_the_rest() {
    let light = clean("log_fd=7,level=light");
    assert_eq!((light.level, light.log_fd), (Level::Light, 7));
    assert_eq!((light.quarantine, light.guard_interval_kib), (96, 256));
    let strong = clean("decay_ms=1,level=strong");
    assert_eq!((strong.level, strong.decay_ms), (Level::Strong, 1));
    assert_eq!(strong.quarantine, 12_288);
    assert_eq!((strong.guard_interval_kib, strong.sweep_at_exit), (16, true));
    assert_eq!(strong.quarantine_max_size, 262_144);
}

#[test]
fn later_settings_win() {
    assert!(!clean("canary=0,canary=1,canary=off").canary);
    let options = clean("quarantine=5,level=strong");
    assert_eq!(options.quarantine, 12_288);
    let options = clean("level=strong,quarantine=5");
    assert_eq!(options.quarantine, 5);
}

#[test]
fn both_separators_and_spaces_are_accepted() {
    let options = clean(" arenas = 3 : thp=on,,verbose\t=\tyes,: \n");
    assert_eq!((options.arenas, options.thp, options.verbose), (3, true, true));
}

#[test]
fn every_word_for_on_and_off_is_accepted() {
    for (on, off) in [("1", "0"), ("true", "false"), ("yes", "no"), ("on", "off"), ("ON", "Off")] {
        assert!(clean(&format!("thp={on}")).thp);
        assert!(!clean(&format!("canary={off}")).canary);
    }
}

#[test]
fn sizes_have_suffixes_and_plain_numbers_have_none() {
    for (text, size) in [("64k", 65536), ("64K", 65536), ("0", 0), ("0x10k", 16384), ("77", 77)] {
        assert_eq!(clean(&format!("quarantine_max_size={text}")).quarantine_max_size, size);
    }
    assert_eq!(Form::Size(0, i64::MAX).read(b"3m"), Some(3 << 20));
    assert_eq!(Form::Size(0, i64::MAX).read(b"2g"), Some(2 << 30));
    assert_eq!(Form::Size(0, i64::MAX).read(b"9999999999999999g"), None);
    assert_eq!(read("arenas=1k").1.len(), 1);
}

#[test]
fn a_path_is_absolute_and_its_text_can_be_had() {
    let list = b"profile=/tmp/a, profile=b,level=light,profile = /tmp/longer ,profile=";
    let mut options = Options::DEFAULT;
    apply(&mut options, list, &mut |_| {});
    assert_eq!(options.profile, 11);
    assert_eq!(value_in(list, "profile"), Some(&b"/tmp/longer"[..]));
    assert_eq!(value_in(b"profile=x,level=light", "profile"), None);
    let most = format!("profile=/{}", "x".repeat(199));
    assert_eq!(clean(&most).profile, 200);
    assert_eq!(read(&format!("{most}x")).1.len(), 1);
}

#[test]
fn words_name_the_values_of_enums() {
    assert_eq!(clean("rss_limit_action=stop").rss_limit_action, RssAction::Stop);
    assert_eq!(clean("on_fault=report_only").on_fault, FaultAction::ReportOnly);
    assert_eq!(clean("on_fault=report_only,on_fault=abort").on_fault, FaultAction::Abort);
}

#[test]
fn a_fill_is_a_byte_or_none() {
    assert_eq!(Options::DEFAULT.fill(), None);
    assert_eq!(clean("fill_pattern=0xA5").fill(), Some(0xa5));
    assert_eq!(clean("fill_pattern=0").fill(), None);
    assert_eq!(clean("fill_pattern=1,fill_pattern=none").fill_pattern, NO_FILL);
    assert_eq!(read("fill_pattern=-1").1.len(), 1);
}

#[test]
fn warnings_say_what_was_expected_and_the_rest_applies() {
    let (options, warnings) = read(
        "colour=blue,arenas=99,thp,quarantine_max_size=1g,level=high,canary=maybe,fill_pattern=x,decay_ms=9",
    );
    assert_eq!(
        warnings,
        [
            "unknown option 'colour' ignored",
            "option arenas: bad value '99' ignored: expected a number from 0 to 64",
            "option 'thp' ignored: expected name=value",
            "option quarantine_max_size: bad value '1g' ignored: \
             expected a size in bytes from 0 to 262144",
            "option level: bad value 'high' ignored: expected light, default or strong",
            "option canary: bad value 'maybe' ignored: expected on or off",
            "option fill_pattern: bad value 'x' ignored: expected none or a number from 0 to 255",
        ]
    );
    assert_eq!(options, Options { decay_ms: 9, ..Options::DEFAULT });
}

#[test]
fn bytes_that_are_not_text_are_skipped_like_any_other_nonsense() {
    let mut options = Options::DEFAULT;
    let mut count = 0;
    let list =
        [b"\xff\xfe=\x00,thp=\xff,=,==,thp==1,".as_slice(), &[b'='; 50], b",arenas=2"].concat();
    apply(&mut options, &list, &mut |_| count += 1);
    assert_eq!((options.arenas, count), (2, 6));
}

#[test]
fn what_differs_from_the_level_is_what_was_chosen() {
    let chosen = |list: &str| -> Vec<_> {
        clean(list)
            .choices()
            .map(|(row, raw)| format!("{}={}", row.name, shown(row, raw)))
            .collect()
    };
    assert!(chosen("").is_empty() && chosen("level=light").is_empty());
    assert_eq!(chosen("level=strong,canary=off,sweep_at_exit=on"), ["canary=off"]);
    assert_eq!(
        chosen("quarantine=7,level=light,thp=1,fill_pattern=9"),
        ["fill_pattern=9", "thp=on"]
    );
}
