//! The limiter against models of providers, in time that passes only while all wait.

mod capacity;
mod lanes;
mod model;
mod pace;
