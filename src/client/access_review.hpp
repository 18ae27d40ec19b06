// What new rules and changed accounts mean for who is there already: the sessions of a shard one
// after the other, so many a turn, so that nobody waits while a hundred thousand are looked at. The
// shard's thread.
#pragma once

#include <cstddef>

namespace lmqtt::client {

struct environment;

class access_review {
public:
    // Begins, or begins anew, and looks at the first sessions at once.
    void begin(environment& env);

    // The next ones. True: there are more.
    bool go_on(environment& env);

private:
    std::size_t next_ = 0;
    bool under_way_ = false;
};

}  // namespace lmqtt::client
