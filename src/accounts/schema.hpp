// The history of the schema of accounts.db, made from migrations/accounts/*.sql by the build.
#pragma once

#include "store/sqlite/migrations.hpp"

#include <span>

namespace lmqtt::accounts {

std::span<const persistence::migration> account_migrations();

}  // namespace lmqtt::accounts
