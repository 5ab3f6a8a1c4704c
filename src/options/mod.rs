//! The settings read at start: what there is to set, the presets, and the reading of a list.
//!
//! Everything comes from the one table in `table.rs`. A list such as
//! `level=strong,log_fd=9` is applied from left to right and the last word on an option counts. A
//! part that makes no sense is reported through a callback and skipped; the rest still applies.
//! Nothing here allocates, prints or reads the environment.
#![forbid(unsafe_code)]

mod form;
mod list;
mod table;

pub(crate) use form::{Form, PATH_MOST};
pub(crate) use list::{Warning, apply, value_in};
pub(crate) use table::{BadOption, FaultAction, Level, Options, RssAction};

#[cfg(test)]
mod document_tests;
#[cfg(test)]
mod tests;
