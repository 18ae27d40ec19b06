// The key table's shape: one row says everything about one key of the configuration file, and
// loading, printing, documentation and the reload all come from it. Constant data, for any thread.
#pragma once

#include "config/setting.hpp"

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string_view>
#include <vector>

namespace lmqtt::config_file {

/// How a value is written.
enum class kind : std::uint8_t {
    boolean,      // true
    integer,      // 100
    seconds,      // 300: a duration written as a number
    duration,     // "20s"
    size,         // 65536 or "64KiB"
    text,         // "auto-"
    list,         // ["192.0.2.10", "2001:db8::/32"]
    path,         // "run/lmqttd.pid": relative to the file's folder
    choice,       // one of the field's words
    choices,      // a list of the field's words
    octal,        // "0660"
    address,      // "127.0.0.1:1883", "unix:/run/lmqtt.sock"
    destination,  // "stderr" or a path
};

enum class reload : std::uint8_t { on_sighup, needs_restart };

/// Where a key's value lives in a config. `listener` is ignored outside [[listeners]].
struct field {
    std::string_view section;
    setting (*get)(const config& from, std::size_t listener);
    void (*set)(config& into, std::size_t listener, const setting& value);
    bool lifts;
    bool empties;
    std::int64_t tick;
    std::span<const std::string_view> words;
    /// Makes the part of a listener that the field is in; null if the field is in none.
    void (*make_part)(config& into, std::size_t listener) = nullptr;
};

inline constexpr std::int64_t no_maximum = std::numeric_limits<std::int64_t>::max();

/// Smallest and largest value: of the number, or of the length in bytes of a text, or of each of a
/// list of texts.
struct range {
    std::int64_t min = 0;
    std::int64_t max = no_maximum;
};

struct key {
    field at;
    std::string_view name;
    kind written;
    range bounds;
    reload applies;
    std::string_view sentence;
    std::string_view absent_word =
        {};                         // how an empty field is spelled; empty: by not writing the key
    std::string_view example = {};  // shown where the key is not written by default
};

struct section {
    std::string_view name;
    std::string_view sentence;
    std::span<const key> keys;
};

/// Every section, in the order of the file; the first is the unnamed top.
std::span<const section> sections();

/// Every key, in the order of the file.
std::vector<key> keys();

inline constexpr std::string_view listeners_section = "listeners";
inline constexpr std::string_view acl_section = "acl";

/// The one key that is not a row: a list of rules, read by acl_rules.hpp.
inline constexpr std::string_view acl_rules_key = "rules";

/// The keys of one section.
std::span<const key> keys_of(std::string_view section_name);

/// Nothing if there is no such key.
const key* find_key(std::string_view section_name, std::string_view name);

}  // namespace lmqtt::config_file
