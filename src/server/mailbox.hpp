// Where other threads leave things for a shard: a vector changes hands under one lock, once per
// sender and turn. Any thread may put; the shard's thread takes. It must outlive its senders.
#pragma once

#include "base/locked.hpp"

#include <iterator>
#include <utility>
#include <vector>

namespace lmqtt::serving {

template <typename Letter>
class mailbox {
public:
    using letters = std::vector<Letter>;

    /// Leaves the letters behind what is there; true if it was empty, so that its shard may have to
    /// be woken. `sent` comes back empty.
    [[nodiscard]] bool put(letters& sent) {
        return letters_.with([&sent](letters& waiting) {
            const bool was_empty = waiting.empty();
            if (was_empty) {
                waiting.swap(sent);
            } else {
                waiting.insert(
                    waiting.end(),
                    std::make_move_iterator(sent.begin()),
                    std::make_move_iterator(sent.end())
                );
                sent.clear();
            }
            return was_empty;
        });
    }

    /// Takes all there is, in the order it was put; `into` must be empty and lends its memory.
    void take(letters& into) {
        letters_.with([&into](letters& waiting) { waiting.swap(into); });
    }

private:
    base::locked<letters> letters_;
};

}  // namespace lmqtt::serving
