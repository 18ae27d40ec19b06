// The sessions of one shard: by handle, and by client identifier. Owns them. A slot's generation
// changes whenever its session ends, so that an old handle finds nothing.
#pragma once

#include "session/session.hpp"

#include <cstdint>
#include <memory>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace lmqtt::broker {

// shard (8 bits) | generation (24 bits) | slot (32 bits); generations start at 1, so 0 is no
// handle.
constexpr unsigned shard_of(session::handle which) {
    return static_cast<unsigned>(which >> 56U);
}

class registry {
public:
    explicit registry(unsigned shard)
        : shard_(shard) {}

    session::session& create(std::string client_id);
    void remove(session::session& which);

    session::session* find(std::string_view client_id) const;
    session::session* resolve(session::handle which) const;

    std::size_t size() const { return by_client_id_.size(); }

    template <class Visitor>
    void for_each(Visitor&& visit) {
        for (std::size_t at = 0; at < slots_.size(); ++at) {
            if (slots_[at].held) {
                visit(*slots_[at].held);
            }
        }
    }

private:
    struct slot {
        std::unique_ptr<session::session> held;
        std::uint32_t generation = 0;
    };

    unsigned shard_;
    std::vector<slot> slots_;
    std::vector<std::uint32_t> free_;
    // The keys are views into the sessions' own client identifiers.
    std::unordered_map<std::string_view, std::uint32_t> by_client_id_;
};

}  // namespace lmqtt::broker
