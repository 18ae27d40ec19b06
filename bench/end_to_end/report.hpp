// The outcome of one run: named values in the order they were entered, printed as lines or JSON.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace bench {

class report {
public:
    using value = std::variant<std::uint64_t, double, std::string>;

    void add(std::string name, value what) { rows_.emplace_back(std::move(name), std::move(what)); }

    void reject() { flawless_ = false; }

    // Nothing was lost, duplicated, reordered, damaged or against the protocol.
    bool flawless() const { return flawless_; }

    std::string as_lines() const;
    std::string as_json() const;

private:
    std::vector<std::pair<std::string, value>> rows_;
    bool flawless_ = true;
};

}  // namespace bench
