#include "net/file_descriptor.hpp"

#include <unistd.h>

namespace lmqtt::net {

void file_descriptor::close() noexcept {
    if (number_ >= 0) {
        ::close(std::exchange(number_, -1));
    }
}

}  // namespace lmqtt::net
