// `lmqttd start`: a broker from its file to its end. Called once, on the main thread.
#pragma once

#include <filesystem>
#include <optional>

namespace lmqtt::app {

/// Returns when a signal has stopped the broker. Throws failure, with nothing left open, if it
/// cannot be started.
void run_broker(const std::optional<std::filesystem::path>& named);

}  // namespace lmqtt::app
