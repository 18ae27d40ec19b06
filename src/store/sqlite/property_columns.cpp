#include "store/sqlite/property_columns.hpp"

#include <nlohmann/json.hpp>

namespace lmqtt::persistence {

property_columns::property_columns(property_view from)
    : from_(from) {
    auto pairs = nlohmann::json::array();
    from.for_each_user_property([&](const user_property& each) {
        pairs.push_back({std::string(each.name), std::string(each.value)});
    });
    if (!pairs.empty()) {
        user_properties_ = pairs.dump();
    }
}

void property_columns::bind_to(statement& target) const {
    const auto format = from_[prop::payload_format_indicator];
    format ? target.bind(*format) : target.bind_null();
    const auto content_type = from_[prop::content_type];
    content_type ? target.bind_text(*content_type) : target.bind_null();
    const auto response_topic = from_[prop::response_topic];
    response_topic ? target.bind_text(*response_topic) : target.bind_null();
    const auto correlation_data = from_[prop::correlation_data];
    correlation_data ? target.bind_blob(*correlation_data) : target.bind_null();
    target.bind_text_or_null(user_properties_);
}

std::string property_columns::read(const statement& from, int first) {
    properties made;
    if (!from.is_null(first)) {
        made.set(prop::payload_format_indicator, static_cast<std::uint8_t>(from.number(first)));
    }
    if (!from.is_null(first + 1)) {
        made.set(prop::content_type, from.text(first + 1));
    }
    if (!from.is_null(first + 2)) {
        made.set(prop::response_topic, from.text(first + 2));
    }
    if (!from.is_null(first + 3)) {
        made.set(prop::correlation_data, from.blob(first + 3));
    }
    if (!from.is_null(first + 4)) {
        for (const auto& pair : nlohmann::json::parse(from.text(first + 4))) {
            made.add({pair[0].get_ref<const std::string&>(), pair[1].get_ref<const std::string&>()}
            );
        }
    }
    return made.wire();
}

}  // namespace lmqtt::persistence
