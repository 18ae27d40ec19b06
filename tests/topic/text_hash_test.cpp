#include "topic/text_hash.hpp"

#include <catch2/catch.hpp>

#include <set>
#include <string>

using namespace lmqtt::topic;

TEST_CASE("texts of up to eight bytes are packed into different numbers") {
    std::set<std::uint64_t> numbers;
    std::size_t texts = 0;
    for (const std::string letter : {"a", "b", "\xff"}) {
        for (std::size_t length = 1; length <= 8; ++length) {
            std::string text;
            for (std::size_t at = 0; at < length; ++at) {
                text += letter;
            }
            for (std::size_t at = 0; at < length; ++at) {
                std::string other = text;
                other[at] = 'c';
                numbers.insert(packed(other));
                ++texts;
            }
            numbers.insert(packed(text));
            ++texts;
        }
    }
    // "c" comes from each of the three letters.
    CHECK(numbers.size() == texts - 2);
    CHECK(packed("") == 0);
    CHECK(packed("a") == 'a');
}

TEST_CASE("the hash depends on every byte, on the length and on the seed") {
    std::set<std::uint64_t> hashes;
    std::size_t texts = 0;
    for (std::size_t length = 0; length <= 70; ++length) {
        const std::string text(length, 'x');
        hashes.insert(text_hash(text, 1));
        hashes.insert(text_hash(text, 2));
        texts += 2;
        for (std::size_t at = 0; at < length; ++at) {
            std::string other = text;
            other[at] = 'y';
            hashes.insert(text_hash(other, 1));
            ++texts;
        }
    }
    CHECK(hashes.size() == texts);
}

TEST_CASE("the hash spreads similar texts over the low bits, which tables use") {
    std::set<std::uint64_t> buckets;
    for (int number = 0; number < 4096; ++number) {
        buckets.insert(text_hash("site/device/" + std::to_string(number), 7) % 4096);
    }
    // A fair throw of 4096 balls fills 63 % of 4096 boxes.
    CHECK(buckets.size() > 2400);
    CHECK(buckets.size() < 2800);
}

TEST_CASE("seeds are not the same twice") {
    CHECK(random_seed() != random_seed());
}
