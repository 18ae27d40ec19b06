#include "base/try.hpp"

#include <boost/system/result.hpp>
#include <catch2/catch.hpp>

#include <memory>
#include <string>

namespace {

enum class severity { malformed };

struct failure {
    severity how;
    std::string why;
};

template <typename T>
using result = boost::system::result<T, failure>;

result<int> digit(char c) {
    if (c < '0' || c > '9') {
        return failure{severity::malformed, std::string("no digit: ") + c};
    }
    return c - '0';
}

result<void> expect(bool condition) {
    if (!condition) {
        return failure{severity::malformed, "unexpected"};
    }
    return {};
}

result<std::string> sum(char a, char b) {
    LMQTT_TRY(const int left, digit(a));
    LMQTT_TRY(const int right, digit(b));
    return std::to_string(left + right);
}

}  // namespace

TEST_CASE("TRY declares the value of a result that holds one") {
    CHECK(*sum('4', '5') == "9");
}

TEST_CASE("TRY returns the first error as it is, also to a function with another value type") {
    CHECK(sum('x', 'y').error().why == "no digit: x");
    CHECK(sum('4', 'y').error().why == "no digit: y");
}

TEST_CASE("TRY without a declaration checks a result whose value nobody needs") {
    const auto check = [](bool first, char second) -> result<int> {
        LMQTT_TRY(expect(first));
        LMQTT_TRY(digit(second));
        return 1;
    };
    CHECK(*check(true, '1') == 1);
    CHECK(check(false, '1').error().why == "unexpected");
    CHECK(check(true, 'z').error().why == "no digit: z");
}

TEST_CASE("TRY moves values that cannot be copied") {
    const auto make = []() -> result<std::unique_ptr<int>> { return std::make_unique<int>(3); };
    const auto use = [&]() -> result<int> {
        LMQTT_TRY(const auto owned, make());
        return *owned;
    };
    CHECK(*use() == 3);
}

TEST_CASE("TRY evaluates its expression once") {
    int calls = 0;
    const auto count = [&]() -> result<int> { return ++calls; };
    const auto use = [&]() -> result<int> {
        LMQTT_TRY(const int value, count());
        return value;
    };
    CHECK(*use() == 1);
    CHECK(calls == 1);
}
