// locked<T>: a value that can be reached only inside with(lambda), while its mutex is held. Any
// thread may call it. A lock cannot be held over a co_await, nor can the value escape: a lambda
// that returns something awaitable, a reference, a pointer or a view does not compile. The locked
// object must outlive its callers.
#pragma once

#include <concepts>
#include <coroutine>
#include <functional>
#include <mutex>
#include <ranges>
#include <shared_mutex>
#include <type_traits>
#include <utility>

namespace lmqtt::base {

/// Whether co_await could be applied to a T, or T is what a coroutine returns.
template <typename T>
concept awaitable_type = requires(T& value) {
    value.await_ready();
}

|| requires(T& value) {
    std::move(value).operator co_await();
}

|| requires(T& value) {
    operator co_await(std::move(value));
}

|| requires {
    typename std::coroutine_traits<T>::promise_type;
};

/// Whether a T may be handed out of a lock: a plain value that does not point back at what was
/// locked.
template <typename T>
concept may_leave_lock = std::is_void_v<T> ||
    (!std::is_reference_v<T> && !std::is_pointer_v<T> && !std::ranges::view<T> &&
     !awaitable_type<T>);

template <typename T, typename Mutex = std::mutex>
class locked {
public:
    template <typename... Args>
    requires std::constructible_from<T, Args...>

    explicit locked(Args&&... args)
        : value_(std::forward<Args>(args)...) {}

    locked(const locked&) = delete;
    locked& operator=(const locked&) = delete;

    /// Calls `use(T&)` while nobody else is inside.
    template <typename Use>
    auto with(Use&& use) {
        using result = std::invoke_result_t<Use, T&>;
        static_assert(may_leave_lock<result>, "neither tasks nor references may leave a lock");
        const std::lock_guard guard(mutex_);
        return std::invoke(std::forward<Use>(use), value_);
    }

    /// Calls `use(const T&)` while others may read too, but nobody writes.
    template <typename Use>
    auto with_shared(Use&& use) const requires requires(Mutex& mutex) {
        mutex.lock_shared();
    }

    {
        using result = std::invoke_result_t<Use, const T&>;
        static_assert(may_leave_lock<result>, "neither tasks nor references may leave a lock");
        const std::shared_lock guard(mutex_);
        return std::invoke(std::forward<Use>(use), std::as_const(value_));
    }

private:
    mutable Mutex mutex_;
    T value_;
};

/// For values that many read and few change, as the indexes.
template <typename T>
using shared_locked = locked<T, std::shared_mutex>;

}  // namespace lmqtt::base
