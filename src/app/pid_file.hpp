// The file that holds our process id while we run. Owned by start; gone when destroyed. A lock on
// it, which the system takes back with the process, is what tells a running lmqttd from a stale
// number.
#pragma once

#include <string>

namespace lmqtt::app {

class pid_file {
public:
    /// Throws failure if the path names a running lmqttd, or cannot be written. An empty path: no
    /// file.
    explicit pid_file(std::string path);
    pid_file(const pid_file&) = delete;
    pid_file& operator=(const pid_file&) = delete;
    ~pid_file();

private:
    std::string path_;
    int descriptor_ = -1;
};

}  // namespace lmqtt::app
