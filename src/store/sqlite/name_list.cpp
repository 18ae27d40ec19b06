#include "store/sqlite/name_list.hpp"

#include <nlohmann/json.hpp>

namespace lmqtt::persistence {

using nlohmann::json;

std::string text_of_names(const std::vector<std::string>& names) {
    return json(names).dump(-1, ' ', false, json::error_handler_t::replace);
}

std::vector<std::string> names_of(std::string_view text) {
    std::vector<std::string> names;
    const json list = json::parse(text, nullptr, false);
    if (!list.is_array()) {
        return names;
    }
    for (const json& each : list) {
        if (!each.is_string()) {
            return {};
        }
        names.push_back(each.get_ref<const std::string&>());
    }
    return names;
}

}  // namespace lmqtt::persistence
