// Named moments on the way of a batch to the disk, for tests that look, throw or end the process
// there. In order: before_begin, before_insert, after_insert, before_commit, after_commit;
// before_release, after_release around the notices; before_checkpoint, after_checkpoint. Those up
// to before_commit may throw, as SQLite would.
#pragma once

#include <functional>
#include <string_view>

namespace lmqtt::persistence {

using fault_point = std::function<void(std::string_view moment)>;

}  // namespace lmqtt::persistence
