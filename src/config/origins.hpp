// Where in the text each key was written, so that a rule over several keys can point at its
// culprit. Filled by one load, read by its validation.
#pragma once

#include "config/keys.hpp"
#include "config/problem.hpp"

#include <cstddef>
#include <map>
#include <string_view>
#include <utility>

namespace lmqtt::config_file {

class origins {
public:
    /// `accepted`: the value was good; a rule says nothing about a key that is already complained
    /// about.
    void note(const key& row, std::size_t listener, position at, bool accepted) {
        notes_[{&row, listener}] = {at, accepted};
    }

    /// Where the [[listeners]] entry itself begins.
    void note_listener(std::size_t listener, position at) {
        notes_[{nullptr, listener}] = {at, true};
    }

    /// Nowhere if the key was not written.
    position of(std::string_view section, std::string_view name, std::size_t listener = 0) const {
        const auto found = notes_.find({find_key(section, name), listener});
        return found == notes_.end() ? position{} : found->second.first;
    }

    /// Of the key, or of its listener if it was not written.
    position of_listener(std::size_t listener, std::string_view name) const {
        const position key_at = of(listeners_section, name, listener);
        const auto entry = notes_.find({nullptr, listener});
        return key_at != position{} || entry == notes_.end() ? key_at : entry->second.first;
    }

    /// False only if a value was written and refused.
    bool usable(std::string_view section, std::string_view name, std::size_t listener = 0) const {
        const auto found = notes_.find({find_key(section, name), listener});
        return found == notes_.end() || found->second.second;
    }

private:
    std::map<std::pair<const key*, std::size_t>, std::pair<position, bool>> notes_;
};

}  // namespace lmqtt::config_file
