#include "client/assigned_client_id.hpp"

#include <random>

namespace lmqtt::client {

unsigned home_shard(std::string_view client_id, unsigned shards) {
    return shards < 2 ? 0
                      : static_cast<unsigned>(std::hash<std::string_view>{}(client_id) % shards);
}

std::string assigned_client_id(std::string_view prefix, unsigned shard, unsigned shards) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::random_device random;
    std::string id;
    do {
        id = prefix;
        for (int word = 0; word < 4; ++word) {
            std::uint32_t bits = random();
            for (int digit = 0; digit < 6; ++digit, bits >>= 4U) {
                id += digits[bits & 15U];
            }
        }
    } while (home_shard(id, shards) != shard);
    return id;
}

}  // namespace lmqtt::client
