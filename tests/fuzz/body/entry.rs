//! The entry that libFuzzer calls for each of its runs. The fuzzer itself is linked by `.ci/fuzz-rustc`.

use std::ffi::{c_int, c_uchar};
use std::slice;

/// Gives the bytes that the fuzzer made up to the target's `read`.
///
/// A panic cannot leave a function that C calls: it ends the process, and the fuzzer writes down the bytes that did it.
///
/// # Safety
/// libFuzzer gives a pointer to `size` bytes that stay as they are until this returns; it may be null where `size` is 0.
#[unsafe(no_mangle)]
unsafe extern "C" fn LLVMFuzzerTestOneInput(data: *const c_uchar, size: usize) -> c_int {
    let bytes = if data.is_null() || size == 0 {
        &[]
    } else {
        // SAFETY: as above, by the fuzzer's promise.
        unsafe { slice::from_raw_parts(data, size) }
    };
    crate::read(bytes);
    0
}
