// Every topic name and every filter over few levels, to be tried exhaustively. "z" is in no filter:
// it stands for all the texts a filter does not name.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace lmqtt::access::test {

/// All texts of 1 to `depth` levels; the empty text is neither a name nor a filter.
inline std::vector<std::string> all_of(const std::vector<std::string>& levels, int depth) {
    std::vector<std::string> result;
    std::vector<std::string> longest{levels};
    for (int level = 1; level <= depth; ++level) {
        result.insert(result.end(), longest.begin(), longest.end());
        std::vector<std::string> longer;
        for (const std::string& text : longest) {
            for (const std::string& next : levels) {
                longer.push_back(text + '/' + next);
            }
        }
        longest = std::move(longer);
    }
    std::erase(result, "");
    return result;
}

inline std::vector<std::string> all_names(int depth) {
    return all_of({"", "a", "$x", "z"}, depth);
}

/// `depth` levels and a '#' behind them.
inline std::vector<std::string> all_filters(int depth) {
    const std::vector<std::string> levels{"", "a", "$x", "+"};
    std::vector<std::string> result = all_of(levels, depth);
    std::vector<std::string> open{"#", "/#"};  // "/#" has an empty first level
    for (const std::string& text : result) {
        open.push_back(text + "/#");
    }
    result.insert(result.end(), open.begin(), open.end());
    return result;
}

}  // namespace lmqtt::access::test
