//! Checks that every adapter must pass.
