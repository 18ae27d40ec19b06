// Rows of messages and of queue places, several of the plain ones to a statement: a row alone costs
// half as much again. What is added must live until it is written.
#pragma once

#include "store/sqlite/statement.hpp"

#include <lmqtt/change.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace lmqtt::persistence {

// "[1,2]"; empty: none.
std::string text_of_identifiers(const std::vector<std::uint32_t>& identifiers);

class insertions {
public:
    explicit insertions(sqlite3* connection);

    // A message that is there already stays as it is.
    void add(const stored_message& message);
    void add(const change::delivery_saved& delivery);

    // What waits. Before this, no other statement sees it.
    void write();

    // What waits, because its transaction failed, will not be written.
    void forget();

private:
    void write_whole(const stored_message& message);
    void write_whole(const change::delivery_saved& delivery);

    statement save_message_;
    statement save_delivery_;
    statement save_messages_;
    statement save_deliveries_;
    std::vector<const stored_message*> messages_;
    std::vector<const change::delivery_saved*> deliveries_;
};

}  // namespace lmqtt::persistence
