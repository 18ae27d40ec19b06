// SIGHUP: the file read again, checked as a whole, and only then applied. Lives beside the server;
// called on the thread of the signals alone.
#pragma once

#include "app/running_file.hpp"
#include "base/log.hpp"

#include <lmqtt/server.hpp>

#include <filesystem>
#include <optional>

namespace lmqtt::app {

class reloader {
public:
    /// The server, the log and the file must outlive it. `running` is what the server was started
    /// with; it is written to the file at once, and again when it changes.
    reloader(server& broker, base::log_output& log, running_file& written, config running);

    /// Reads the file that counts now; whatever goes wrong, the server keeps what it has, and the
    /// log says why. Does not throw.
    void reload(const std::optional<std::filesystem::path>& named);

private:
    std::optional<std::filesystem::path> find_file(const std::optional<std::filesystem::path>& named
    );
    void open_log(const log_options& options);
    void apply(const config& wanted);

    server& broker_;
    base::log_output& output_;
    running_file& written_;
    base::logger log_;
    config running_;
};

}  // namespace lmqtt::app
