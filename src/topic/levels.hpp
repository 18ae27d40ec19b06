// Splits topic names and filters at '/': "a//b" has the levels "a", "" and "b". Every loop over
// levels is this one, so none recurses: a topic may have 65,536 of them. [MQTT-4.7.3-3]
#pragma once

#include <string_view>

namespace lmqtt::topic {

class level_reader {
public:
    explicit level_reader(std::string_view text)
        : rest_{text} {}

    /// Takes the next level; false when there are no more.
    bool next(std::string_view& level) {
        if (done_) {
            return false;
        }
        const auto slash = rest_.find('/');
        level = rest_.substr(0, slash);
        done_ = slash == std::string_view::npos;
        if (!done_) {
            rest_.remove_prefix(slash + 1);
        }
        return true;
    }

private:
    std::string_view rest_;
    bool done_ = false;
};

/// The first level of a topic name or filter.
inline std::string_view first_level(std::string_view text) {
    return text.substr(0, text.find('/'));
}

}  // namespace lmqtt::topic
