// The configuration that a broker runs with, in a file for `lmqttd config diff`. Whoever wrote it
// holds a lock on it as long as he lives, so that one that was left behind is known. One thread at
// a time.
#pragma once

#include "base/log.hpp"

#include <lmqtt/config.hpp>

#include <string>

namespace lmqtt::app {

/// Where a broker with these settings writes it: beside its database, else beside its pid file;
/// empty: nowhere, because it keeps no file at all.
std::string running_file_of(const config& settings);

class running_file {
public:
    /// Nothing is written yet. An empty path: nothing ever is.
    running_file(std::string path, base::logger log);
    running_file(const running_file&) = delete;
    running_file& operator=(const running_file&) = delete;

    /// Removes it.
    ~running_file();

    /// Puts it in the place of what was written before, whole or not at all. If that cannot be done
    /// there is no file rather than an old one, and the log says so.
    void write(const config& running);

private:
    void drop();

    const std::string path_;
    base::logger log_;
    int descriptor_ = -1;
};

/// What a running broker wrote to this file. Throws failure that says why that is not known.
config read_running(const std::string& path);

/// The same, whoever wrote it, and whether or not he is alive.
config read_running_copy(const std::string& path);

}  // namespace lmqtt::app
