// Counts what this test executable has allocated with new and not yet given back: the proof that
// removing returns memory. The operators are replaced in counted_memory.cpp. Any thread may read
// the count.
#pragma once

#include <cstddef>

namespace lmqtt::topic::test {

/// Bytes allocated and not yet freed.
[[nodiscard]] std::size_t bytes_in_use();

}  // namespace lmqtt::topic::test
