//! Pure digests shared by the adapters.
