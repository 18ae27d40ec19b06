#include "access/quick_filter.hpp"

#include "topic/topic_filter.hpp"

namespace lmqtt::access {

quick_filter::quick_filter(std::string_view filter)
    : text_{filter}
    , literal_{static_cast<std::uint32_t>(filter.size())}
    , shape_{shape::exact} {
    const auto wildcard = filter.find_first_of("+#");
    if (wildcard == std::string_view::npos) {
        return;
    }
    literal_ = static_cast<std::uint32_t>(wildcard);
    if (filter == "#") {
        shape_ = shape::everything;
    } else if (filter[wildcard] == '#') {
        shape_ = shape::below;
        --literal_;  // the parent has no '/' behind it
    } else {
        shape_ = shape::mixed;
    }
}

bool quick_filter::matches(std::string_view topic) const {
    switch (shape_) {
    case shape::exact:
        return topic == text_;
    case shape::below:
        return topic.starts_with(text_.substr(0, literal_)) &&
               (topic.size() == literal_ || topic[literal_] == '/');
    case shape::everything:
        return !topic.starts_with('$');  // [MQTT-4.7.2-1]
    case shape::mixed:
        return topic.starts_with(text_.substr(0, literal_)) && topic::matches(text_, topic);
    }
    return false;
}

}  // namespace lmqtt::access
