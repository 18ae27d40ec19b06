// The sessions of one shard: by handle, and by client identifier. Owns them. A slot's generation
// changes whenever its session ends, so that an old handle finds nothing.
#pragma once

#include "session/session.hpp"
#include "topic/pointer_table.hpp"
#include "topic/text_hash.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
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

    std::size_t size() const { return slots_.size() - free_.size(); }

    template <class Visitor>
    void for_each(Visitor&& visit) {
        for (std::size_t at = 0; at < slots_.size(); ++at) {
            if (slots_[at]) {
                visit(*slots_[at]);
            }
        }
    }

    // The same, a part of them: from slot `next` on, which moves; true when there are more. The
    // visitor may end the session it is shown.
    template <class Visitor>
    bool visit(std::size_t& next, std::size_t slots, Visitor&& visitor) {
        const std::size_t end = std::min(slots_.size(), next + slots);
        for (; next < end; ++next) {
            if (slots_[next]) {
                visitor(*slots_[next]);
            }
        }
        return next < slots_.size();
    }

private:
    // Of a slot that is free: whoever gets it next has the generation after its last one.
    struct free_slot {
        std::uint32_t at;
        std::uint32_t generation;
    };

    std::uint32_t hash_of(std::string_view client_id) const {
        return static_cast<std::uint32_t>(topic::text_hash(client_id, seed_));
    }

    unsigned shard_;
    std::vector<std::unique_ptr<session::session>> slots_;
    std::vector<free_slot> free_;
    topic::pointer_table<session::session> by_client_id_;
    std::uint64_t seed_ = topic::random_seed();
};

}  // namespace lmqtt::broker
