// An authenticator with its files, and somebody who asks it.
#pragma once

#include "accounts/authenticator.hpp"
#include "sample_accounts.hpp"
#include "support/fake_clock.hpp"

#include <catch2/catch.hpp>

#include <future>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace lmqtt::accounts::test {

using namespace std::chrono_literals;
using lmqtt::test::noon;
using kind = verdict::kind;

// Of "correct horse". Cheap to check, and so the tests are quick.
inline const std::string cheap = "3cb4e732631f47e6eb961f34554b7cde";

struct broker {
    explicit broker(authenticator_settings settings = {}, const std::string& passwd = "")
        : who({file.path, passwd.empty() ? "" : file.folder.write("passwd", passwd).string()},
              noon) {
        settings.profile = hash_profile::argon2id_edge;
        settings.threads = 1;
        settings.complain = [this](const std::string& line) { complaints.push_back(line); };
        gate = std::make_unique<authenticator>(who, time, settings);
    }

    void add(const user& one) {
        file.add(one);
        REQUIRE(who.reload(noon).empty());
    }

    login as(const std::string& name, std::optional<std::string> password) const {
        return {name, std::move(password), "192.0.2.7:49152", "client"};
    }

    verdict check(const login& given) {
        std::promise<verdict> answer;
        gate->check(given, [&](const verdict& said) { answer.set_value(said); });
        return answer.get_future().get();
    }

    kind try_as(const std::string& name, std::optional<std::string> password) {
        return check(as(name, std::move(password))).is;
    }

    // Whether the answer is there when check() returns, and is this.
    bool says_at_once(const login& given, kind expected) {
        auto answer = std::make_shared<std::promise<verdict>>();
        auto said = answer->get_future();
        gate->check(given, [answer](const verdict& each) { answer->set_value(each); });
        const bool at_once = said.wait_for(0s) == std::future_status::ready;
        return said.get().is == expected && at_once;
    }

    std::string stored(std::size_t which = 0) { return file.db.read().users[which].password.hash; }

    lmqtt::test::accounts_file file;
    lmqtt::test::fake_clock time;
    account_files who;
    std::vector<std::string> complaints;
    std::unique_ptr<authenticator> gate;
};

}  // namespace lmqtt::accounts::test
