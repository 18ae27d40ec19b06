#include "base/clock.hpp"

namespace lmqtt::base {

instant real_clock::now() const noexcept {
    return {std::chrono::steady_clock::now(), std::chrono::system_clock::now()};
}

}  // namespace lmqtt::base
