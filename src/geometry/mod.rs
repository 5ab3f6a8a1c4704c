//! Where everything is: size classes, the layout and its ladder, pointer to slot and back, guards, canaries.
//!
//! Pure arithmetic. Knows no state, touches no memory, names nothing but `base`.
#![forbid(unsafe_code)]

pub(crate) mod canary;
pub(crate) mod classes;
pub(crate) mod guards;
pub(crate) mod ladder;
pub(crate) mod layout;
