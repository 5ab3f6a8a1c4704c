//! What the fuzz targets share: the library under test, the language of operations, and the model that
//! is kept beside the heap.
//!
//! Each target uses its own part of this.
#![allow(dead_code, reason = "every target uses another part of the harness")]

pub mod block;
pub mod child;
pub mod library;
pub mod misuse;
pub mod model;
pub mod operation;
pub mod threads;
