#include "config/units.hpp"

#include <array>
#include <charconv>
#include <span>
#include <system_error>

namespace lmqtt::config_file {
namespace {

struct unit {
    std::string_view name;
    std::int64_t factor;
};

constexpr std::array duration_units{
    unit{"d", 86'400'000}, unit{"h", 3'600'000}, unit{"m", 60'000}, unit{"s", 1000}, unit{"ms", 1}};
constexpr std::array size_units{
    unit{"TiB", std::int64_t{1} << 40},
    unit{"GiB", std::int64_t{1} << 30},
    unit{"MiB", std::int64_t{1} << 20},
    unit{"KiB", std::int64_t{1} << 10},
    unit{"B", 1}};

std::optional<std::int64_t> parse(std::string_view text, std::span<const unit> units) {
    std::int64_t number = 0;
    const char* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, number);
    if (error != std::errc{} || text.front() == '-') {
        return std::nullopt;
    }
    const std::string_view name(stop, static_cast<std::size_t>(end - stop));
    for (const unit& candidate : units) {
        std::int64_t product = 0;
        if (candidate.name == name && !__builtin_mul_overflow(number, candidate.factor, &product)) {
            return product;
        }
    }
    return std::nullopt;
}

/// Nothing if no unit but the smallest is exact.
std::optional<std::string> print(std::int64_t number, std::span<const unit> units) {
    for (const unit& candidate : units) {
        if (number >= candidate.factor && number % candidate.factor == 0 && candidate.factor > 1) {
            return std::to_string(number / candidate.factor).append(candidate.name);
        }
    }
    return std::nullopt;
}

}  // namespace

std::optional<std::int64_t> parse_duration(std::string_view text) {
    return parse(text, duration_units);
}

std::string print_duration(std::int64_t milliseconds) {
    if (milliseconds == 0) {
        return "0s";
    }
    return print(milliseconds, duration_units).value_or(std::to_string(milliseconds) + "ms");
}

std::optional<std::int64_t> parse_size(std::string_view text) {
    return parse(text, size_units);
}

std::string print_size(std::int64_t bytes) {
    return print(bytes, size_units).value_or(std::to_string(bytes));
}

}  // namespace lmqtt::config_file
