#include "accounts/jwt.hpp"

#include "accounts/fields.hpp"
#include "accounts/names.hpp"
#include "base/base64.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <utility>

namespace lmqtt::accounts {

namespace {

using json = nlohmann::json;
using std::chrono::seconds;

constexpr int deepest = 8;
constexpr std::size_t most_roles = 256;
constexpr std::chrono::years longest_proof(100);
constexpr double last_second = 253'402'300'799.0;  // of the year 9999

// An object, and nothing nested deeper than anybody means to.
std::optional<json> object_of(std::string_view base64) {
    const auto text = base::from_base64(base64, base::base64_kind::url);
    if (!text) {
        return std::nullopt;
    }
    bool too_deep = false;
    const auto look = [&too_deep](int depth, json::parse_event_t, json&) {
        too_deep = too_deep || depth > deepest;
        return !too_deep;
    };
    json read = json::parse(*text, look, false);
    const bool usable = !too_deep && read.is_object();
    return usable ? std::optional<json>(std::in_place, std::move(read)) : std::nullopt;
}

const json* claim(const json& claims, const std::string& name) {
    if (!name.starts_with('/')) {
        const auto found = claims.find(name);
        return found == claims.end() ? nullptr : &*found;
    }
    const json::json_pointer where(name);
    return claims.contains(where) ? &claims.at(where) : nullptr;
}

std::optional<std::string> text_claim(const json& claims, const std::string& name) {
    const json* const found = claim(claims, name);
    return found != nullptr && found->is_string() ? std::optional(found->get<std::string>())
                                                  : std::nullopt;
}

// Whole seconds, as a clock of ours ends in 2262, and tokens without an end in 9999.
struct moment {
    bool is_there = false;
    std::optional<std::chrono::sys_seconds> at = {};  // nothing: it is no time
};

moment time_claim(const json& claims, const char* name) {
    const json* const found = claim(claims, name);
    if (found == nullptr) {
        return {};
    }
    const double value = found->is_number() ? found->get<double>() : -1;
    if (!(value >= 0 && value <= last_second)) {
        return {true, std::nullopt};
    }
    return {true, std::chrono::sys_seconds(seconds(static_cast<std::int64_t>(value)))};
}

// Empty if the token is valid now.
std::string problem_with_times(const json& claims, seconds leeway, base::wall_time at) {
    const auto now = std::chrono::floor<seconds>(at);
    const moment ends = time_claim(claims, "exp");
    if (!ends.at) {
        return ends.is_there ? "its end is no time" : "it has no end";
    }
    if (*ends.at + leeway <= now) {
        return "it is over";
    }
    for (const char* const name : {"nbf", "iat"}) {
        const moment begins = time_claim(claims, name);
        if (begins.is_there && (!begins.at || *begins.at - leeway > now)) {
            return std::string("it is not valid yet: ") + name;
        }
    }
    return {};
}

bool is_for(const json& claims, const std::string& audience) {
    const json* const given = claim(claims, "aud");
    if (given == nullptr) {
        return audience.empty();
    }
    const auto is_us = [&audience](const json& each) {
        return !audience.empty() && each.is_string() && each == audience;
    };
    return given->is_array() ? std::ranges::any_of(*given, is_us) : is_us(*given);
}

// Nothing if there are roles that cannot be understood.
std::optional<std::vector<std::string>> roles_of(const json& claims, const std::string& name) {
    std::vector<std::string> roles;
    const json* const given = claim(claims, name);
    if (given == nullptr) {
        return roles;
    }
    const json list = given->is_array() ? *given : json::array({*given});
    if (list.size() > most_roles) {
        return std::nullopt;
    }
    for (const json& each : list) {
        if (!each.is_string() || !problem_with_name(each.get<std::string>()).empty()) {
            return std::nullopt;
        }
        roles.push_back(each.get<std::string>());
    }
    return roles;
}

jwt_verdict refused(std::string why) {
    return {.why = std::move(why)};
}

}  // namespace

jwt_verifier::jwt_verifier(jwt_rules rules)
    : rules_(std::move(rules)) {
    for (const std::string& name : {rules_.user_claim, rules_.roles_claim}) {
        try {
            if (name.empty() || (name.starts_with('/') && json::json_pointer(name).empty())) {
                throw std::runtime_error("a claim has no name");
            }
        } catch (const json::exception&) {
            throw std::runtime_error("\"" + name + "\" is no name of a claim");
        }
    }
}

// The header may choose among our keys by their names and algorithms, and nothing else.
bool jwt_verifier::is_signed(
    std::string_view header_base64, std::string_view text, std::string_view signature
) const {
    const auto header = object_of(header_base64);
    if (!header || header->contains("crit")) {
        return false;
    }
    const auto algorithm = text_claim(*header, "alg");
    const json* const id = claim(*header, "kid");
    if (!algorithm || (id != nullptr && !id->is_string())) {
        return false;
    }
    return std::ranges::any_of(rules_.keys, [&](const jwt_key& key) {
        const bool may_be_it = id == nullptr || key.id().empty() || *id == key.id();
        return may_be_it && name_of(key.algorithm()) == *algorithm &&
               key.has_signed(text, signature);
    });
}

jwt_verdict jwt_verifier::check(std::string_view token, base::wall_time now) const {
    const auto parts = split(token, '.');
    const auto signature =
        parts.size() == 3 ? base::from_base64(parts[2], base::base64_kind::url) : std::nullopt;
    if (!signature) {
        return refused("it is no token");
    }
    const std::string_view text = token.substr(0, token.size() - parts[2].size() - 1);
    if (!is_signed(parts[0], text, *signature)) {
        return refused("it is not signed with one of the keys");
    }
    const auto claims = object_of(parts[1]);
    if (!claims) {
        return refused("its claims cannot be read");
    }
    if (auto wrong = problem_with_times(*claims, rules_.leeway, now); !wrong.empty()) {
        return refused(std::move(wrong));
    }
    if (!rules_.issuer.empty() && text_claim(*claims, "iss") != rules_.issuer) {
        return refused("it is of another issuer");
    }
    if (!is_for(*claims, rules_.audience)) {
        return refused("it is for another audience");
    }
    auto user = text_claim(*claims, rules_.user_claim);
    auto roles = roles_of(*claims, rules_.roles_claim);
    if (!user || !problem_with_name(*user).empty() || !roles) {
        return refused("it names no user, or roles that are none");
    }
    const auto latest = std::chrono::floor<seconds>(now) + longest_proof;
    const auto ends = std::min(time_claim(*claims, "exp").at.value() + rules_.leeway, latest);
    return {.identity = jwt_identity{std::move(*user), std::move(*roles), ends}};
}

}  // namespace lmqtt::accounts
