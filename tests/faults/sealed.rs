//! What never changes after start cannot be changed, where the kernel can see to that.

use crate::misuse::Misuse;
use crate::support::missing;

/// The page of what was decided at start, and the guards around the metadata.
#[test]
fn what_never_changes_is_sealed() {
    let seen = Misuse::of("sealed_mappings.c").measure();
    if seen.has("unsealed") {
        return missing("a kernel that can seal mappings");
    }
    assert_eq!(seen.number("guards"), 2, "{}", seen.outcome.story());
    assert!(seen.number("decisions") >= 1, "{}", seen.outcome.story());
}

/// A kernel or a filter that refuses to seal costs that protection and nothing else.
#[test]
fn a_refusal_to_seal_does_no_harm() {
    let seen = Misuse::of("sealing_refused.c").measure();
    assert!(seen.has("works"), "{}", seen.outcome.story());
}
