// The one exception of this room: what stops lmqttd before it serves. Caught once, in main.
#pragma once

#include "app/exit_code.hpp"

#include <stdexcept>
#include <string>

namespace lmqtt::app {

class failure : public std::runtime_error {
public:
    /// `text` is what the person who started lmqttd reads: whole lines.
    failure(exit_code code, const std::string& text)
        : std::runtime_error(text)
        , code_(code) {}

    exit_code code() const noexcept { return code_; }

private:
    exit_code code_;
};

}  // namespace lmqtt::app
