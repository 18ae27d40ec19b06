// The whole coroutine vocabulary. A task runs on the io_context it was started on, which is one
// thread's (a shard's), so nothing that is shared by the tasks of a shard needs a lock. Tasks are
// started only by net::task_group; whoever awaits a task owns it.
#pragma once

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/io_context.hpp>

namespace lmqtt {

/// Where a task runs: the concrete executor, because erasing its type would cost every idle client
/// several hundred bytes.
using executor = boost::asio::io_context::executor_type;

/// A coroutine's return type. It starts when it is awaited or spawned.
template <class T = void>
using task = boost::asio::awaitable<T, executor>;

/// The completion token of leaf operations: what is awaited yields a tuple that begins with an
/// error_code, and throws nothing. `const auto [error] = co_await timer.async_wait(use_task);`
inline constexpr auto use_task = boost::asio::as_tuple(boost::asio::deferred);

}  // namespace lmqtt
