//! Holds tests only; see the folder `tests`.
