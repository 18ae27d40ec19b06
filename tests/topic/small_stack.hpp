// Runs a function in a thread with a stack of 256 KiB: what recurses over the levels of a topic, or
// keeps them on the stack, does not survive it.
#pragma once

#include <exception>
#include <functional>
#include <pthread.h>
#include <stdexcept>

namespace lmqtt::topic::test {

inline bool on_small_stack(std::function<bool()> function) {
    struct call {
        std::function<bool()> function;
        bool result;
    };

    call made{std::move(function), false};
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, std::size_t{256} * 1024);
    pthread_t thread;
    const int failed = pthread_create(
        &thread,
        &attributes,
        [](void* argument) -> void* {
            auto& its = *static_cast<call*>(argument);
            its.result = its.function();
            return nullptr;
        },
        &made
    );
    pthread_attr_destroy(&attributes);
    if (failed != 0) {
        throw std::runtime_error{"no thread with a small stack"};
    }
    pthread_join(thread, nullptr);
    return made.result;
}

}  // namespace lmqtt::topic::test
