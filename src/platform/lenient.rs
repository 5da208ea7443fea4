//! Lenient reading.
