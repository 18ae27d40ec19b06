// Why a database cannot be used: a kind for programs, one line for a person. The only exception of
// this room that its users tell apart.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

namespace SQLite {
class Exception;
}  // namespace SQLite

namespace lmqtt::persistence {

class state_error : public std::runtime_error {
public:
    enum class cause : std::uint8_t {
        missing,      // there is none
        in_use,       // another lmqttd has it
        damaged,      // it is no sound database
        refused,      // not ours, too new, or the operating system does not let us
        not_written,  // a copy of it cannot be made
    };

    // The line begins with the path.
    state_error(cause why, const std::string& path, const std::string& what)
        : std::runtime_error(path + ": " + what)
        , cause_(why) {}

    cause why() const noexcept { return cause_; }

private:
    cause cause_;
};

// A finding of SQLite's checks, which may be several lines, as one.
std::string in_one_line(std::string_view finding);

// What SQLite said about the database at `path`.
state_error because_of(const SQLite::Exception& error, const std::string& path);

}  // namespace lmqtt::persistence
