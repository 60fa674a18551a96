//! The command line of the tcb SDK.

fn main() {}
