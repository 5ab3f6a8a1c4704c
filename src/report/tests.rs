//! Tests of every text.
#![forbid(unsafe_code)]

use super::describe::{self, Outcome};
use super::die::{self, MESSAGE};
use super::line::Line;
use super::maps::{Question, Survey};
use super::{Block, Evidence, Family, Fault, Kind, Operation, Place, State};

const ADDRESS: usize = 0x7f3a_1c00_42a0;

fn text(mut line: Line) -> String {
    let whole = String::from_utf8(line.finish().to_vec()).unwrap();
    whole.strip_suffix('\n').unwrap().to_string()
}

fn first(fault: Fault) -> String {
    text(describe::headline(&fault, Outcome::Stop, false))
}

#[test]
fn the_first_line_of_every_kind_is_stable() {
    use Kind::*;
    use Operation::*;
    let request = Evidence::Request { bytes: 4096, errno: 12 };
    let reason = Evidence::Reason { text: "no entropy", errno: 38 };
    let none = Evidence::None;
    let lines = [
        (Freed, Free, none, "double free of 0x7f3a1c0042a0"),
        (Freed, Delete, none, "double free of 0x7f3a1c0042a0"),
        (Freed, Realloc, none, "realloc of freed memory at 0x7f3a1c0042a0"),
        (Freed, UsableSize, none, "malloc_usable_size of freed memory at 0x7f3a1c0042a0"),
        (Interior, Free, none, "invalid free of 0x7f3a1c0042a0 (inside an allocation)"),
        (Unaligned, Free, none, "invalid free of 0x7f3a1c0042a0 (not aligned)"),
        (NeverAllocated, Realloc, none, "invalid realloc of 0x7f3a1c0042a0 (never allocated)"),
        (ZeroSize, Free, none, "invalid free of 0x7f3a1c0042a0 (not an allocation of size zero)"),
        (
            Foreign,
            DeleteArray,
            none,
            "invalid delete[] of 0x7f3a1c0042a0 (not from this allocator)",
        ),
        (Wild, Free, none, "invalid free of 0x7f3a1c0042a0 (not a valid address)"),
        (CanaryOverwritten, Free, none, "overflow, canary overwritten behind 0x7f3a1c0042a0"),
        (SlackOverwritten, Sweep, none, "overflow past the requested size of 0x7f3a1c0042a0"),
        (Underflow, Free, none, "underflow, canary overwritten before 0x7f3a1c0042a0"),
        (WriteAfterFree, Allocate, none, "write after free to 0x7f3a1c0042a0"),
        (UnusedWritten, Allocate, none, "write to unused memory at 0x7f3a1c0042a0"),
        (SizeMismatch, FreeSized, none, "size mismatch in free_sized of 0x7f3a1c0042a0"),
        (
            AlignmentMismatch,
            FreeAlignedSized,
            none,
            "alignment mismatch in free_aligned_sized of 0x7f3a1c0042a0",
        ),
        (TypeMismatch, Delete, none, "type mismatch in delete of 0x7f3a1c0042a0"),
        (TouchPast, Access, none, "access past the end at 0x7f3a1c0042a0"),
        (TouchBefore, Access, none, "access before the start at 0x7f3a1c0042a0"),
        (TouchFreed, Access, none, "access after free at 0x7f3a1c0042a0"),
        (TouchGuard, Access, none, "access to a guard page at 0x7f3a1c0042a0"),
        (CorruptedState, Free, none, "corrupted state of 0x7f3a1c0042a0"),
        (OutOfMemory, Allocate, request, "out of memory, request for 4096 bytes"),
        (
            MemoryLimit,
            Allocate,
            request,
            "limit on resident memory reached, request for 4096 bytes",
        ),
        (StartUp, Start, reason, "start-up failed: no entropy"),
        (Internal, Start, reason, "internal error: no entropy"),
    ];
    for (kind, operation, evidence, expected) in lines {
        let has_address = evidence == none;
        let address = if has_address { ADDRESS } else { 0 };
        let fault = Fault::new(kind, operation, address).with(evidence);
        assert_eq!(first(fault), format!("starmalloc: fatal: {expected}"));
        let going_on = text(describe::headline(&fault, Outcome::GoOn, false));
        assert_eq!(going_on, format!("starmalloc: fault: {expected}"));
    }
}

#[test]
fn a_privileged_program_shows_the_kind_and_no_address() {
    let secure = |fault: &Fault| text(describe::headline(fault, Outcome::Stop, true));
    let fault = Fault::new(Kind::Freed, Operation::Free, ADDRESS);
    assert_eq!(secure(&fault), "starmalloc: fatal: double free");
    let fault = Fault::new(Kind::Foreign, Operation::Free, ADDRESS);
    assert_eq!(secure(&fault), "starmalloc: fatal: invalid free");
    let fault = Fault::new(Kind::OutOfMemory, Operation::Allocate, 0)
        .with(Evidence::Request { bytes: 1, errno: 0 });
    assert_eq!(secure(&fault), "starmalloc: fatal: out of memory");
}

#[test]
fn a_block_tells_its_class_place_and_request() {
    let place = Place::Slot { slot: 17, slab: 3, arena: 2 };
    let block = Block { place, size: 48, requested: Some(40), offset: 0 };
    assert_eq!(
        text(describe::block(&block)),
        "starmalloc:   block    48-byte class (slot 17 of slab 3, arena 2), requested 40"
    );
    let large = Block { place: Place::Large, size: 262_144, requested: None, offset: 0 };
    assert_eq!(text(describe::block(&large)), "starmalloc:   block    large, 262144 bytes");
}

#[test]
fn a_state_tells_the_offset_where_there_is_a_block() {
    let place = Place::Slot { slot: 0, slab: 0, arena: 0 };
    let block = Block { place, size: 48, requested: None, offset: 8 };
    let bare = Fault::new(Kind::Freed, Operation::Free, ADDRESS);
    assert!(describe::state(&bare).is_none());
    let state = |fault: Fault| text(describe::state(&fault).unwrap());
    assert_eq!(
        state(bare.in_state(State::Quarantined).in_block(block)),
        "starmalloc:   state    freed, in quarantine; 8 bytes into the block"
    );
    assert_eq!(state(bare.in_block(block)), "starmalloc:   state    8 bytes into the block");
    let words = [
        (State::Live, "live"),
        (State::Quarantined, "freed, in quarantine"),
        (State::Free, "freed, ready for reuse"),
        (State::Fresh, "never handed out"),
        (State::Dead, "unusable, under a guard page"),
    ];
    for (value, expected) in words {
        assert_eq!(state(bare.in_state(value)), format!("starmalloc:   state    {expected}"));
    }
}

#[test]
fn evidence_is_shown_byte_by_byte() {
    let shown = |evidence: Evidence| describe::evidence(&evidence).map(text);
    let expected = [0x9c, 0x2e, 0, 1, 2, 3, 4, 0];
    let lines = [
        (
            Evidence::Canary { expected, found: *b"AAAA\0\x01\x7f~" },
            "canary   expected 9c 2e 00 01 02 03 04 00, found 41 41 41 41 00 01 7f 7e \"AAAA...~\"",
        ),
        (
            Evidence::Changed { offset: 24, found: *b"user=me\0", len: 7 },
            "changed  byte 24 of the block: expected zeros, found 75 73 65 72 3d 6d 65 \"user=me\"",
        ),
        (
            Evidence::ChangedBefore { distance: 9, found: *b"A\0\0\0\0\0\0\0", len: 1 },
            "changed  9 bytes before the block: expected zeros, found 41 \"A\"",
        ),
        (
            Evidence::ChangedBefore { distance: 3, found: *b"A\0B\0\0\0\0\0", len: 3 },
            "changed  3 bytes before the block: expected zeros, found 41 00 42 \"A.B\"",
        ),
        (
            Evidence::Beside { start: ADDRESS, distance: 0, is_past: true, is_guard: true },
            "beside   0 bytes past the end of the block at 0x7f3a1c0042a0, in its guard",
        ),
        (
            Evidence::Beside { start: ADDRESS, distance: 16, is_past: false, is_guard: false },
            "beside   16 bytes before the start of the block at 0x7f3a1c0042a0",
        ),
        (
            Evidence::Sizes { claimed: 32, real: 40 },
            "sizes    the caller states 32 bytes, allocated were 40",
        ),
        (
            Evidence::Alignments { claimed: 64, had: 16 },
            "aligned  the caller states 64 bytes; the address is a multiple of 16 only",
        ),
        (
            Evidence::Alignments { claimed: 48, had: 16 },
            "aligned  the caller states 48 bytes, which is no power of two",
        ),
        (
            Evidence::Alignments { claimed: 64, had: 64 },
            "aligned  the caller states 64 bytes; \
             no block of this size and that alignment is ever put here",
        ),
        (
            Evidence::Families { freed_by: Family::NewArray, allocated_by: Family::Malloc },
            "types    freed by delete[], allocated by malloc",
        ),
        (Evidence::Request { bytes: 1, errno: 12 }, "errno    12"),
        (Evidence::Reason { text: "x", errno: 38 }, "errno    38"),
    ];
    for (evidence, expected) in lines {
        assert_eq!(shown(evidence).unwrap(), format!("starmalloc:   {expected}"));
    }
    assert_eq!(shown(Evidence::None), None);
    assert_eq!(shown(Evidence::Request { bytes: 1, errno: 0 }), None);
    let too_long = Evidence::Changed { offset: 0, found: [1; 8], len: 200 };
    assert!(shown(too_long).unwrap().contains("found 01 01 01 01 01 01 01 01 "));
}

#[test]
fn the_thread_line_names_thread_process_and_version() {
    let line = describe::thread(4711, b"worker-3\0\0", 4700, b"nginx");
    let version = env!("CARGO_PKG_VERSION");
    assert_eq!(
        text(line),
        format!(
            "starmalloc:   thread   tid 4711 \"worker-3\", pid 4700 \"nginx\", starmalloc {version}"
        )
    );
}

#[test]
fn notes_and_references_follow_the_kind() {
    let note = |kind| {
        describe::note(&Fault::new(kind, Operation::Free, ADDRESS)).map(text).unwrap_or_default()
    };
    assert_eq!(
        note(Kind::SizeMismatch),
        "starmalloc:   note     STARMALLOC_OPTIONS=sized_free_check=off turns this check off"
    );
    assert_eq!(
        note(Kind::Foreign),
        "starmalloc:   note     the memory is not ours; does the program mix allocators?"
    );
    assert_eq!(note(Kind::Freed), "");
    let large = Block { place: Place::Large, size: 8192, requested: Some(8000), offset: 4000 };
    let freed = Fault::new(Kind::Freed, Operation::Free, 0x7f3a_1c00_42a0).in_block(large);
    assert_eq!(
        text(describe::note(&freed).unwrap()),
        "starmalloc:   note     a block that started there was freed before; its place is part of this one now"
    );
    assert_eq!(
        text(describe::see(Kind::Freed)),
        "starmalloc:   see      docs/faults.md#double-free"
    );
}

/// A list of mappings as the kernel prints it.
const MAPS: &[u8] = b"\
555500000000-555500001000 r--p 00000000 08:01 11                 /usr/bin/nginx
555500001000-555500003000 r-xp 00001000 08:01 11                 /usr/bin/nginx
555500003000-555500004000 rw-p 00003000 08:01 11                 /usr/bin/nginx
555500004000-555500005000 rw-p 00000000 00:00 0
555500005000-555500006000 rw-p 00000000 00:00 0
555501000000-555501021000 rw-p 00000000 00:00 0                  [heap]
7f0000000000-7f0000002000 r-xp 00000000 08:01 22                 /opt/my libs/libfoo bar.so.1 (deleted)
7f0000002000-7f0000003000 rw-p 00002000 08:01 22                 /opt/my libs/libfoo bar.so.1 (deleted)
7f0000008000-7f0000009000 r-xp 00000000 08:01 23                 /opt/lib-with-a-name-of-more-than-forty-eight-bytes.so
7f0000010000-7f0000020000 rw-p 00000000 00:00 0
7f0000020000-7f0000030000 rw-p 00000000 00:00 0                  [anon:a/b]
7ffc00000000-7ffc00021000 rw-p 00000000 00:00 0                  [stack]
7ffc00030000-7ffc00031000 r-xp 00000000 00:00 0                  [vdso]
";

/// The answers about `address`: as code, and as somebody's memory.
fn answers(address: usize, own_stack: usize, piece: usize) -> (String, String) {
    let mut questions = [Question::about(1), Question::about(address)];
    let mut survey = Survey::new(&mut questions, own_stack);
    MAPS.chunks(piece).for_each(|piece| survey.feed(piece));
    let (mut code, mut owner) = (Line::new(), Line::new());
    questions[1].write_code(&mut code);
    questions[1].write_owner(&mut owner);
    (text(code), text(owner))
}

#[test]
fn addresses_are_found_in_the_list_of_mappings() {
    let rows = [
        (0x5555_0000_0010, "nginx+0x10", "the constants of nginx"),
        (0x5555_0000_1b22, "nginx+0x1b22", "the code of nginx"),
        (0x5555_0000_3008, "nginx+0x3008", "the data of nginx"),
        (0x5555_0000_4008, "nginx+0x4008", "the data of nginx"),
        (
            0x5555_0000_5008,
            "0x555500005008 in anonymous memory",
            "anonymous memory: another allocator's, mmap's, or a thread's stack or variables",
        ),
        (0x5555_0100_0010, "[heap]+0x10", "the brk heap, which another allocator uses"),
        (
            0x7f00_0000_1fff,
            "libfoo bar.so.1 (deleted)+0x1fff",
            "the code of libfoo bar.so.1 (deleted)",
        ),
        (
            0x7f00_0000_2000,
            "libfoo bar.so.1 (deleted)+0x2000",
            "the data of libfoo bar.so.1 (deleted)",
        ),
        (
            0x7f00_0000_8004,
            "lib-with-a-name-of-more-than-forty-eight-byte...+0x4",
            "the code of lib-with-a-name-of-more-than-forty-eight-byte...",
        ),
        (0x7f00_0002_0000, "[anon:a/b]+0x0", "[anon:a/b]"),
        (0x7ffc_0000_0000, "[stack]+0x0", "the stack of the first thread"),
        (0x7ffc_0003_0004, "[vdso]+0x4", "[vdso]"),
    ];
    for piece in [1, 7, 512, MAPS.len()] {
        for (address, code, owner) in rows {
            let expected = (code.to_string(), format!("{address:#x} is in {owner}"));
            assert_eq!(answers(address, 0, piece), expected);
        }
    }
}

#[test]
fn an_address_next_to_our_stack_pointer_is_on_our_stack() {
    let (_, owner) = answers(0x7f00_0001_0008, 0x7f00_0001_fff0, 64);
    assert_eq!(owner, "0x7f0000010008 is in the stack of this thread");
}

#[test]
fn an_address_outside_every_mapping_is_not_mapped() {
    for address in [0, 0x7f00_0000_3000, 0x7ffc_0003_1000, usize::MAX] {
        let (code, owner) = answers(address, 0, 100);
        assert_eq!((code, owner), (format!("{address:#x}"), format!("{address:#x} is not mapped")));
    }
}

#[test]
fn where_there_is_no_list_nothing_is_known() {
    let mut line = Line::new();
    Question::about(ADDRESS).write_owner(&mut line);
    assert!(text(line).ends_with("nothing is known: /proc/self/maps cannot be read"));
}

#[test]
fn a_list_that_makes_no_sense_answers_nothing() {
    let mut questions = [Question::about(ADDRESS)];
    let mut survey = Survey::new(&mut questions, 0);
    survey.feed(b"\n\n-\nzz-yy rwxp q q q q\n- - - - - \n");
    survey.feed(&[0xff; 5000]);
    survey.feed(b"\n");
    let mut line = Line::new();
    questions[0].write_owner(&mut line);
    assert_eq!(text(line), "0x7f3a1c0042a0 is not mapped");
}

#[test]
fn a_report_is_its_first_line_and_the_facts_in_order() {
    let place = Place::Slot { slot: 17, slab: 3, arena: 2 };
    let fault = Fault::new(Kind::Freed, Operation::Free, ADDRESS)
        .in_block(Block { place, size: 48, requested: Some(40), offset: 0 })
        .in_state(State::Quarantined);
    let mut lines = Vec::new();
    die::report(&fault, &[], Outcome::Stop, &mut |line| {
        lines.push(String::from_utf8(line.finish().to_vec()).unwrap());
    });
    let names: Vec<&str> =
        lines.iter().skip(1).filter_map(|l| l.split_whitespace().nth(1)).collect();
    assert_eq!(lines[0], "starmalloc: fatal: double free of 0x7f3a1c0042a0\n");
    assert_eq!(names[..6], ["block", "state", "see", "thread", "from", "stack"]);
    assert!(names[6..].iter().all(|name| *name == "stack"));
    assert!(lines.iter().all(|line| line.ends_with('\n')));
    let caller = lines[5].strip_prefix("starmalloc:   from     free called by ").unwrap();
    assert_eq!(lines[6].strip_prefix("starmalloc:   stack    #0 "), Some(caller));
    assert_eq!(MESSAGE.text(), lines[0].trim_end().as_bytes());
}
