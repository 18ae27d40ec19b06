// A database opened so that it can be relied upon: locked, checked, at the newest schema. What is
// damaged is refused, or set aside, and nothing of it is lost.
#pragma once

#include "store/sqlite/database.hpp"
#include "store/sqlite/migrations.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace lmqtt::persistence {

// Told what a damaged database is called from now on, and what is wrong with it.
using quarantine_notice = std::function<void(std::string_view name, std::string_view why)>;

struct opening {
    std::string path;
    synchronous how = synchronous::full;
    std::int64_t now_ms = 0;
    quarantine_notice quarantine = {};  // set: what is damaged is set aside, and a new one begun
    std::span<const migration> migrations = embedded_migrations();
};

// Throws state_error.
std::unique_ptr<database> open_state(const opening& wanted);

}  // namespace lmqtt::persistence
