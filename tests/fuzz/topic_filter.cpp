// Any lines as filters and topic names: what parses keeps the rules of the standard, and both
// indexes find exactly what comparing one by one finds, whatever was added and removed before.
//     s<filter>  subscribe        u<filter>  unsubscribe      r<topic>  retain      e<topic>  erase
//     anything else: the filter or topic name to look up
#include "topic/topic_filter.hpp"

#include "require.hpp"
#include "topic/retained_index.hpp"
#include "topic/subscription_index.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

using namespace lmqtt::topic;

namespace {

constexpr topic_limits limits{.maximum_bytes = 200, .maximum_levels = 32};

struct found_texts {
    std::multiset<std::string> texts;

    void subscription(const subscriber& each) { texts.insert(std::to_string(each.session)); }

    void group(const shared_group& each) {
        texts.insert("$share/" + std::string{each.share_name()} + '/' + std::string{each.filter()});
    }
};

// The indexes, and beside them the plain sets they must agree with.
class both {
public:
    void subscribe(std::string_view text, bool add) {
        const auto parsed = parse_filter(text, limits);
        if (!parsed) {
            return;
        }
        check_rules(text, *parsed);
        const bool changed = add ? filters_.insert(std::string{text}).second
                                 : filters_.erase(std::string{text}) == 1;
        const subscriber one{.session = 1, .options = {}};
        const auto& [share_name, filter, wildcard] = *parsed;
        if (parsed->shared()) {
            require(
                changed == (add ? index_.add_shared(share_name, filter, one)
                                : index_.remove_shared(share_name, filter, 1))
            );
        } else {
            require(changed == (add ? index_.add(filter, one) : index_.remove(filter, 1)));
        }
        require(index_.size() == filters_.size());
    }

    void retain(std::string_view topic, bool put) {
        if (!valid_topic_name(topic, limits)) {
            return;
        }
        if (put) {
            const bool is_new = topics_.insert(std::string{topic}).second;
            require(is_new == !retained_.put(topic, std::string{topic}).has_value());
        } else {
            require((topics_.erase(std::string{topic}) == 1) == retained_.erase(topic).has_value());
        }
        require(retained_.size() == topics_.size());
    }

    void look_up(std::string_view text) const {
        if (valid_topic_name(text, limits)) {
            check_match(text);
        }
        const auto parsed = parse_filter(text, limits);
        if (parsed) {
            check_retained(parsed->filter);
        }
    }

private:
    static void check_rules(std::string_view text, const parsed_filter& parsed) {
        require(!parsed.filter.empty() && text.ends_with(parsed.filter));
        require(parsed.shared() == text.starts_with("$share/"));
        require(parsed.share_name.find_first_of("+#/") == std::string_view::npos);
        require(parsed.wildcard == !valid_topic_name(parsed.filter, limits));
        // A filter matches the name that has "x" for '+' and for '#'.
        std::string topic{parsed.filter};
        std::replace(topic.begin(), topic.end(), '+', 'x');
        std::replace(topic.begin(), topic.end(), '#', 'x');
        require(matches(parsed.filter, topic));
    }

    void check_match(std::string_view topic) const {
        found_texts expected;
        for (const std::string& text : filters_) {
            const auto parsed = parse_filter(text, limits);
            if (matches(parsed->filter, topic)) {
                expected.texts.insert(parsed->shared() ? text : "1");
            }
        }
        found_texts found;
        index_.match(topic, found);
        require(found.texts == expected.texts);
    }

    void check_retained(std::string_view filter) const {
        std::multiset<std::string> expected;
        for (const std::string& topic : topics_) {
            if (matches(filter, topic)) {
                expected.insert(topic);
            }
        }
        std::multiset<std::string> found;
        retained_cursor cursor;
        while (!retained_.match(filter, cursor, 3, [&](const std::string& each) {
            found.insert(each);
        })) {
        }
        require(found == expected);
    }

    subscription_index index_{1};
    retained_index<std::string> retained_{1};
    std::set<std::string> filters_;
    std::set<std::string> topics_;
};

void apply(both& state, std::string_view line) {
    const std::string_view rest = line.substr(1);
    switch (line.front()) {
    case 's':
    case 'u':
        state.subscribe(rest, line.front() == 's');
        break;
    case 'r':
    case 'e':
        state.retain(rest, line.front() == 'r');
        break;
    default:
        state.look_up(line);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text(data, data + size);
    std::string_view left{text};
    both state;
    while (!left.empty()) {
        const std::string_view line = left.substr(0, left.find('\n'));
        left.remove_prefix(std::min(left.size(), line.size() + 1));
        if (!line.empty()) {
            apply(state, line);
        }
    }
    return 0;
}
