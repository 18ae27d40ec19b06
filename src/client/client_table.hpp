// The clients of one shard by connection identifier. Does not own them: a client enters when its
// coroutine begins and leaves before it ends. Shard's thread.
#pragma once

#include "session/session.hpp"

#include <cstdint>
#include <vector>

namespace lmqtt::client {

class client;

class client_table {
public:
    session::connection_id enter(client& who);
    void leave(session::connection_id which);
    client* find(session::connection_id which) const;

    std::size_t size() const { return places_.size() - free_.size(); }

    template <class Visitor>
    void for_each(Visitor&& visit) const {
        for (std::size_t at = 0; at < places_.size(); ++at) {
            if (places_[at] != nullptr) {
                visit(*places_[at]);
            }
        }
    }

private:
    // Of a place that is free: whoever gets it next has the generation after its last one.
    struct free_place {
        std::uint32_t at;
        std::uint32_t generation;
    };

    std::vector<client*> places_;
    std::vector<free_place> free_;
};

}  // namespace lmqtt::client
