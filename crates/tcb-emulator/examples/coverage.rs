//! Prints which operations the emulator has, as a page.

#![expect(clippy::print_stdout, reason = "that is what it does")]

fn main() {
    print!("{}", tcb_emulator::Emulator::coverage());
}
