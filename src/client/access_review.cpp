#include "client/access_review.hpp"

#include "client/access_check.hpp"
#include "client/client.hpp"

namespace lmqtt::client {

namespace {

// A millisecond or two of them.
constexpr std::size_t sessions_a_turn = 1000;

}  // namespace

void access_review::begin(environment& env) {
    next_ = 0;
    under_way_ = true;
    go_on(env);
}

bool access_review::go_on(environment& env) {
    if (!under_way_) {
        return false;
    }
    const auto look = [&env](session::session& each) {
        if (client* const there = env.clients.find(each.connection)) {
            there->review();
        } else {
            review_absent(env, each);
        }
    };
    under_way_ = env.broker.sessions().visit(next_, sessions_a_turn, look);
    return under_way_;
}

}  // namespace lmqtt::client
