// A database behind a held_store: it is told everything that is submitted there, and writes it when
// the test says so, that a history may always be the same. One thread uses it.
#pragma once

#include "store/sqlite/sqlite_store.hpp"
#include "support/held_store.hpp"

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace lmqtt::broker::test {

class state_on_disk {
public:
    explicit state_on_disk(std::string path);

    recovered recover(recovery& into) { return store_->recover(into); }

    // From now on what is submitted to `of`, which must not outlive this without close().
    void follow(lmqtt::test::held_store& of);

    // What was submitted so far, in one transaction.
    void write();

    std::vector<stored_message> read(const std::vector<std::uint64_t>& message_ids);

    // As at the end of a broker; then the database has to be sound.
    void close();

private:
    // The store says on its own thread what is wrong.
    std::string trouble();

    std::string path_;
    std::mutex mutex_;
    std::string trouble_;
    ticket last_write_ = 0;
    std::optional<persistence::sqlite_store> store_;
};

}  // namespace lmqtt::broker::test
