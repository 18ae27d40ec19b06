#include "app/version.hpp"

namespace lmqtt::app {

std::string version_text() {
    // Both come from the build, which asked each library's package.
    return "lmqttd " LMQTT_VERSION "\nbuilt with " LMQTT_LIBRARY_VERSIONS "\n";
}

}  // namespace lmqtt::app
