#include "accounts/directory.hpp"

#include "accounts/password_hash.hpp"
#include "base/assert.hpp"

#include <algorithm>
#include <utility>

namespace lmqtt::accounts {

namespace {

constexpr std::size_t most_costs = 4;  // an unknown user costs them all

using roles_by_group = std::unordered_map<std::string, const std::vector<std::string>*>;

std::vector<std::string> roles_of(const user& of, const roles_by_group& groups) {
    std::vector<std::string> all = of.roles;
    for (const std::string& each : of.groups) {
        if (const auto found = groups.find(each); found != groups.end()) {
            all.insert(all.end(), found->second->begin(), found->second->end());
        }
    }
    std::ranges::sort(all);
    all.erase(std::unique(all.begin(), all.end()), all.end());
    return all;
}

bool is_over(const ban& which, std::int64_t now_ms) {
    return which.until_ms && *which.until_ms <= now_ms;
}

}  // namespace

directory::directory(
    const credentials& file,
    const database_contents& database,
    const credentials_by_file& of_listeners
)
    : in_file_(accounts_in(file, {}))
    , scram_secret_(database.scram_secret) {
    roles_by_group groups;
    for (const group& each : database.groups) {
        groups.emplace(each.name, &each.roles);
    }
    for (const user& each : database.users) {
        in_database_[each.name] = std::make_shared<const account>(account{
            each.name, each.password, each.disabled, true, roles_of(each, groups)});
    }
    for (const auto& [path, listed] : of_listeners) {
        of_listeners_.emplace(path, accounts_in(listed, path));
    }
    for (const role& each : database.roles) {
        rules_.insert(rules_.end(), each.rules.begin(), each.rules.end());
    }
    add_bans(database.bans);
    add_costs(in_database_);
    add_costs(in_file_);
    for (const auto& [path, listed] : of_listeners_) {
        add_costs(listed);
    }
}

void directory::add_costs(const accounts_by_name& of) {
    for (const auto& [name, each] : of) {
        const std::string_view cost = cost_of(each->password.hash);
        const auto costs_the_same = [cost](const std::string& known) {
            return cost_of(known) == cost;
        };
        if (!cost.empty() && hash_of_each_cost_.size() < most_costs &&
            std::ranges::none_of(hash_of_each_cost_, costs_the_same)) {
            hash_of_each_cost_.push_back(each->password.hash);
        }
    }
}

// What is no address bans nobody; `lmqttd user ban` takes none.
void directory::add_bans(const std::vector<ban>& bans) {
    for (const ban& each : bans) {
        if (each.kind == ban_kind::user) {
            user_bans_.emplace(each.value, each);
        } else if (each.kind == ban_kind::client) {
            client_bans_.emplace(each.value, each);
        } else if (const auto where = parse_network(each.value)) {
            address_bans_.emplace_back(*where, each);
        }
    }
}

directory::accounts_by_name
directory::accounts_in(const credentials& listed, const std::string& file) {
    accounts_by_name all;
    for (const credential& each : listed.all) {
        account made{each.user, {each.secret}};
        made.file = file;
        all.emplace(each.user, std::make_shared<const account>(std::move(made)));
    }
    return all;
}

account_ptr directory::find(const std::string& name, const std::string& file) const {
    if (const auto found = in_database_.find(name); found != in_database_.end()) {
        return found->second;
    }
    const accounts_by_name* others = &in_file_;
    if (!file.empty()) {
        const auto named = of_listeners_.find(file);
        if (named == of_listeners_.end()) {
            return nullptr;
        }
        others = &named->second;
    }
    const auto found = others->find(name);
    return found == others->end() ? nullptr : found->second;
}

std::optional<ban> directory::ban_of(const visitor& who, std::int64_t now_ms) const {
    if (who.address) {
        for (const auto& [where, each] : address_bans_) {
            if (!is_over(each, now_ms) && is_in(where, *who.address)) {
                return each;
            }
        }
    }
    const auto named = [now_ms](const bans_by_name& bans, std::string_view name) {
        const auto found = bans.find(std::string(name));
        const bool is_banned = found != bans.end() && !is_over(found->second, now_ms);
        return is_banned ? std::optional(found->second) : std::nullopt;
    };
    const auto by_user = named(user_bans_, who.user);
    return by_user ? by_user : named(client_bans_, who.client_id);
}

void directory::replace(account_ptr changed) {
    const auto place = in_database_.find(changed->name);
    LMQTT_ASSERT(place != in_database_.end());
    place->second = std::move(changed);
}

}  // namespace lmqtt::accounts
