//! starmalloc: a hardened `malloc` for Linux. See README.md and docs/design.md.
#![cfg_attr(not(test), no_std)]
