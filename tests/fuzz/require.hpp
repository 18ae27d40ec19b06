// What must hold for any input: else the fuzzer has found something.
#pragma once

#include <cstdlib>

inline void require(bool condition) {
    if (!condition) {
        std::abort();
    }
}
