// An accounts.db in a folder of its own, and an account with a value in every field.
#pragma once

#include "accounts/database.hpp"
#include "support/scratch.hpp"

#include <catch2/catch.hpp>

#include <string>

namespace lmqtt::test {

constexpr std::int64_t noon = 1'770'120'000'000;

inline accounts::user sample_user() {
    return {
        .name = "alice",
        .password =
            {"$argon2id$some", accounts::scram_verifier{"salt", 4096, std::string("\0k", 2), "v"}},
        .disabled = true,
        .created_ms = noon,
        .changed_ms = noon + 1,
        .roles = {"reader", "writer"},
        .groups = {"night", "staff"}};
}

struct accounts_file {
    scratch folder;
    std::string path = folder.path("accounts.db").string();
    accounts::database db{path, noon};

    void add(const accounts::user& one) { REQUIRE(db.add_users({&one, 1}).empty()); }
};

/// What the database says when it refuses; empty if it does not.
template <typename Work>
std::string complaint_of(Work&& work) {
    try {
        work();
    } catch (const std::runtime_error& refused) {
        return refused.what();
    }
    return {};
}

}  // namespace lmqtt::test
