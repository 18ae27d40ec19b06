#include "config/suggest.hpp"

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <vector>

namespace lmqtt::config_file {
namespace {

/// Insertions, deletions, replacements and swaps of neighbours that turn one word into the other.
std::size_t distance(std::string_view from, std::string_view to) {
    std::vector<std::size_t> before(to.size() + 1);
    std::vector<std::size_t> above(to.size() + 1);
    std::vector<std::size_t> row(to.size() + 1);
    std::iota(above.begin(), above.end(), std::size_t{0});
    for (std::size_t i = 1; i <= from.size(); ++i) {
        row[0] = i;
        for (std::size_t j = 1; j <= to.size(); ++j) {
            const std::size_t replaced = above[j - 1] + (from[i - 1] == to[j - 1] ? 0 : 1);
            row[j] = std::min({above[j] + 1, row[j - 1] + 1, replaced});
            if (i > 1 && j > 1 && from[i - 1] == to[j - 2] && from[i - 2] == to[j - 1]) {
                row[j] = std::min(row[j], before[j - 2] + 1);
            }
        }
        before.swap(above);
        above.swap(row);
    }
    return above[to.size()];
}

}  // namespace

std::optional<std::string_view>
nearest(std::string_view typed, std::span<const std::string_view> candidates) {
    constexpr std::size_t longest =
        64;  // no key is; the cost grows with the product of the lengths
    if (typed.size() > longest) {
        return std::nullopt;
    }
    std::optional<std::string_view> best;
    std::size_t best_distance =
        std::max<std::size_t>(typed.size() < 4 ? 1 : 2, typed.size() / 3) + 1;
    for (const std::string_view candidate : candidates) {
        const std::size_t candidate_distance = distance(typed, candidate);
        if (candidate_distance < best_distance && candidate_distance < candidate.size()) {
            best = candidate;
            best_distance = candidate_distance;
        }
    }
    return best;
}

}  // namespace lmqtt::config_file
