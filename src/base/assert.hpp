// LMQTT_ASSERT: a broken promise of our own code ends the process, in release builds too. Going on
// with a state nobody designed would lose messages silently; a restart with its log line does not.
// Any thread may use it. Never for what a peer, a caller of the API or the network did.
#pragma once

#include <cstdio>
#include <cstdlib>

namespace lmqtt::base {

/// Prints what was promised and where, then aborts.
[[noreturn, gnu::cold, gnu::noinline]] inline void
assertion_failed(const char* promise, const char* file, int line, const char* function) noexcept {
    std::fprintf(stderr, "%s:%d: %s: assertion failed: %s\n", file, line, function, promise);
    std::fflush(stderr);
    std::abort();
}

}  // namespace lmqtt::base

#define LMQTT_ASSERT(...)                                                                          \
    ((__VA_ARGS__) ? static_cast<void>(0)                                                          \
                   : ::lmqtt::base::assertion_failed(                                              \
                         #__VA_ARGS__, __FILE__, __LINE__, static_cast<const char*>(__func__)      \
                     ))
