// How a row of the key table finds its field: member pointers made into the two functions of a
// `field`, and the numbers that bounds are written with. For the tables of keys alone; constant
// data.
#pragma once

#include "config/keys.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace lmqtt::config_file {

template <class>
struct member_type;

template <class Owner, class T>
struct member_type<T Owner::*> {
    using type = T;
};

template <auto Member>
using convert = conversion<typename member_type<decltype(Member)>::type>;

template <auto Member>
constexpr field
described_by(std::string_view section, decltype(field::get) get, decltype(field::set) set) {
    using with = convert<Member>;
    return {section, get, set, with::lifts, with::empties, with::tick, with::words};
}

template <auto Member>
constexpr field top = described_by<Member>(
    "",
    [](const config& from, std::size_t) { return convert<Member>::out(from.*Member); },
    [](config& into, std::size_t, const setting& value) {
        into.*Member = convert<Member>::in(value);
    }
);

template <auto Section, auto Member>
constexpr field in_section(std::string_view name) {
    return described_by<Member>(
        name,
        [](const config& from, std::size_t) { return convert<Member>::out(from.*Section.*Member); },
        [](config& into, std::size_t, const setting& value) {
            into.*Section.*Member = convert<Member>::in(value);
        }
    );
}

/// Of a part that is always there; its keys are named "part.name".
template <auto Section, auto Part, auto Member>
constexpr field in_section_part(std::string_view name) {
    return described_by<Member>(
        name,
        [](const config& from, std::size_t) {
            return convert<Member>::out(from.*Section.*Part.*Member);
        },
        [](config& into, std::size_t, const setting& value) {
            into.*Section.*Part.*Member = convert<Member>::in(value);
        }
    );
}

template <auto Member>
constexpr field listener = described_by<Member>(
    listeners_section,
    [](const config& from, std::size_t index) {
        return convert<Member>::out(from.listeners.at(index).*Member);
    },
    [](config& into, std::size_t index, const setting& value) {
        into.listeners.at(index).*Member = convert<Member>::in(value);
    }
);

/// A field of a part of a listener that may be missing: writing any of its keys makes it exist.
template <auto Part, auto Member>
constexpr field listener_part = {
    .section = listeners_section,
    .get =
        [](const config& from, std::size_t index) {
            const auto& part = from.listeners.at(index).*Part;
            return part ? convert<Member>::out((*part).*Member) : setting(absent{});
        },
    .set =
        [](config& into, std::size_t index, const setting& value) {
            auto& part = into.listeners.at(index).*Part;
            if (std::holds_alternative<absent>(value)) {
                part.reset();
                return;
            }
            if (!part) {
                part.emplace();
            }
            (*part).*Member = convert<Member>::in(value);
        },
    .lifts = convert<Member>::lifts,
    .empties = true,
    .tick = convert<Member>::tick,
    .words = convert<Member>::words,
    .make_part = [](config& into,
                    std::size_t index) { (into.listeners.at(index).*Part).emplace(); },
};

inline constexpr std::int64_t kib = 1024;
inline constexpr std::int64_t mib = 1024 * kib;
inline constexpr std::int64_t gib = 1024 * mib;
inline constexpr std::int64_t terabyte = 1024 * gib;
inline constexpr std::int64_t second = 1000;
inline constexpr std::int64_t minute = 60 * second;
inline constexpr std::int64_t hour = 60 * minute;
/// 5 bytes of fixed header, 268,435,455 behind it (MQTT 5.0, 2.1.4).
inline constexpr std::int64_t largest_packet = 268'435'460;
/// What an MQTT string can hold.
inline constexpr std::int64_t largest_text = 65'535;
inline constexpr std::int64_t longest_path = 4095;
inline constexpr std::int64_t many = 1'000'000'000;

inline constexpr reload now = reload::on_sighup;
inline constexpr reload restart = reload::needs_restart;

}  // namespace lmqtt::config_file
