// What is wrong with one rule. Nothing is guessed and nothing left out: a rule that cannot do what
// it says is a problem, so that nobody relies on it. Pure function, any thread.
#pragma once

#include <lmqtt/access_rule.hpp>

#include <string>
#include <vector>

namespace lmqtt::access {

/// A sentence for each problem; none for a good rule.
[[nodiscard]] std::vector<std::string> problems_of(const access_rule& rule);

}  // namespace lmqtt::access
