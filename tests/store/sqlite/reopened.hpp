// What a store makes of the files that a cut or a kill has left.
#pragma once

#include "simulated_disk.hpp"
#include "support/scratch.hpp"

#include <string>

namespace lmqtt::test {

// One folder, used again and again: making the reserve file takes longer than all the rest.
class reopened {
public:
    // As held_state::text(). Requires that a store can open the database, leaves nothing damaged,
    // and can write to it.
    std::string state_of(const simulated_disk::image& found) const;

    // The same of files that lie where they were left.
    static std::string state_of(const std::string& path);

private:
    scratch folder_;
    scratch elsewhere_;
};

}  // namespace lmqtt::test
