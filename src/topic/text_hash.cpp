#include "topic/text_hash.hpp"

#include <cstring>
#include <random>

namespace lmqtt::topic {
namespace {

std::uint64_t read_eight(const char* from) {
    std::uint64_t word;
    std::memcpy(&word, from, sizeof(word));
    return word;
}

constexpr std::uint64_t first_key = 0xa076'1d64'78bd'642f;
constexpr std::uint64_t second_key = 0xe703'7ed1'a0b4'28db;

}  // namespace

std::uint64_t text_hash(std::string_view text, std::uint64_t seed) {
    const char* at = text.data();
    std::size_t left = text.size();
    std::uint64_t state = fold(seed ^ first_key, text.size() ^ second_key);
    for (; left > 16; left -= 16, at += 16) {
        state = fold(read_eight(at) ^ seed ^ first_key, read_eight(at + 8) ^ state);
    }
    if (left > 8) {
        state = fold(read_eight(at) ^ seed ^ first_key, packed({at + 8, left - 8}) ^ state);
    } else if (left > 0) {
        state = fold(packed({at, left}) ^ seed ^ first_key, state ^ second_key);
    }
    return fold(state ^ second_key, seed ^ first_key);
}

std::uint64_t random_seed() {
    std::random_device device;
    return std::uint64_t{device()} << 32 | device();
}

}  // namespace lmqtt::topic
