// How a log line looks: pure functions, no output. Whatever a client put into a field stays inside
// that field: one event is one line, JSON stays JSON, and a terminal that shows the log is not
// steered by it. Any thread may call them; nothing is kept.
#pragma once

#include "base/clock.hpp"

#include <lmqtt/config.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <variant>

namespace lmqtt::base {

/// Longer strings are cut in a line: a client chooses their length, not us.
inline constexpr std::size_t log_field_limit = 512;

/// The words of an event: a literal, so that it cannot carry what a client sent, and there are
/// finitely many causes to count. Two events with the same words are the same cause.
class log_event {
public:
    // NOLINTNEXTLINE(google-explicit-constructor): a literal is all a caller should have to write
    consteval log_event(const char* words)
        : words_(words) {
        for (const char c : words_) {
            if (c < ' ' || c > '~' || c == '"' || c == '\\') {
                throw "the words of an event are plain ASCII";
            }
        }
    }

    [[nodiscard]] constexpr std::string_view words() const noexcept { return words_; }

private:
    std::string_view words_;
};

/// A field's name: a literal of lower case letters, digits and underscores.
class log_name {
public:
    // NOLINTNEXTLINE(google-explicit-constructor): as above
    consteval log_name(const char* name)
        : name_(name) {
        for (const char c : name_) {
            if ((c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '_') {
                throw "a field's name is lower case, digits and underscores";
            }
        }
        if (name_.empty() || name_ == "time" || name_ == "level" || name_ == "room" ||
            name_ == "event") {
            throw "a field needs a name of its own";
        }
    }

    [[nodiscard]] constexpr std::string_view text() const noexcept { return name_; }

private:
    std::string_view name_;
};

/// One named value of an event. Borrows its string: it lives as long as the call that logs it.
struct log_field {
    log_name name;
    std::variant<std::string_view, std::int64_t, std::uint64_t, double, bool> value;

    log_field(log_name field_name, std::string_view text)
        : name(field_name)
        , value(text) {}

    log_field(log_name field_name, std::same_as<bool> auto flag)
        : name(field_name)
        , value(flag) {}

    log_field(log_name field_name, std::signed_integral auto number)
        : name(field_name)
        , value(std::int64_t{number}) {}

    template <std::unsigned_integral Number>

    requires(!std::same_as<Number, bool>) log_field(log_name field_name, Number number)
        : name(field_name)
        , value(std::uint64_t{number}) {}

    log_field(log_name field_name, std::floating_point auto number)
        : name(field_name)
        , value(double{number}) {}
};

struct log_line {
    wall_time at;
    log_level level;
    std::string_view room;
    std::string_view words;
    std::initializer_list<log_field> fields;
};

[[nodiscard]] std::string_view name_of(log_level level) noexcept;

/// The line, without its line feed.
[[nodiscard]] std::string text_line(const log_line& line);
[[nodiscard]] std::string json_line(const log_line& line);

}  // namespace lmqtt::base
