// Users and rules as `lmqttd user` shows them: a line each, fields between tabs, which no name
// contains. Pure.
#pragma once

#include "accounts/account.hpp"

#include <array>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lmqtt::app {

inline constexpr std::array<std::pair<access_action, std::string_view>, 4> action_words{{
    {access_action::publish, "publish"},
    {access_action::subscribe, "subscribe"},
    {access_action::receive, "receive"},
    {access_action::retain, "retain"},
}};

/// "a,b"; "-" for nothing.
std::string joined(const std::vector<std::string>& list);

/// "alice<TAB>active<TAB>reader,writer<TAB>staff"
std::string list_of(const std::vector<accounts::user>& users);

/// "allow<TAB>publish,retain<TAB>devices/#<TAB>qos 1"
std::string text_of(const access_rule& rule);

/// Its rules, each behind its name; the name alone if there are none.
std::string text_of(const accounts::role& role);

}  // namespace lmqtt::app
