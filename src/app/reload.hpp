// SIGHUP: the file read again, checked as a whole, and only then applied. Lives beside the server;
// called on the thread of the signals alone.
#pragma once

#include "base/log.hpp"

#include <lmqtt/server.hpp>

#include <filesystem>
#include <optional>

namespace lmqtt::app {

class reloader {
public:
    /// The server and the log must outlive it. `running` is what the server was started with.
    reloader(server& broker, base::log_output& log, config running);

    /// Reads the file that counts now; whatever goes wrong, the server keeps what it has, and the
    /// log says why. Does not throw.
    void reload(const std::optional<std::filesystem::path>& named);

private:
    void apply(const config& wanted);

    server& broker_;
    base::log_output& output_;
    base::logger log_;
    config running_;
};

}  // namespace lmqtt::app
