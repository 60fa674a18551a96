#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| tcb_fuzz_targets::callback_inner_xml(data));
