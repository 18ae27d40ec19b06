// Two migrations of a schema that is not ours.
#pragma once

#include "store/sqlite/migrations.hpp"

#include <array>
#include <span>

namespace lmqtt::test {

inline constexpr std::array sample_history{
    persistence::migration{
        1,
        "0001_first",
        "aa",
        "CREATE TABLE migrations(version INTEGER PRIMARY KEY, name TEXT, "
        "sha256 TEXT, applied_at_ms INTEGER); CREATE TABLE one(x);"},
    persistence::migration{
        2, "0002_second", "bb", "CREATE TABLE two(x); INSERT INTO two SELECT x FROM one;"},
};

}  // namespace lmqtt::test
