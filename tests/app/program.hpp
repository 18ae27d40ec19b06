// The real lmqttd as a child process: its words, its signals, its exit code. One thread per object;
// a child that is still running is killed when the object goes.
#pragma once

#include <string>
#include <string_view>
#include <sys/types.h>
#include <vector>

namespace lmqtt::test {

class program {
public:
    explicit program(std::vector<std::string> words);
    program(const program&) = delete;
    program& operator=(const program&) = delete;
    ~program();

    /// Reads standard error until a line contains `part`; false if it ended without.
    bool says(std::string_view part);

    void signal(int number) const;

    /// Reads everything to the end, and returns the exit code; -1 if a signal ended it.
    int wait();

    /// Everything read so far.
    const std::string& output() const { return output_; }

    const std::string& errors() const { return errors_; }

private:
    pid_t pid_ = -1;
    int out_ = -1;
    int err_ = -1;
    std::string output_;
    std::string errors_;
    std::size_t seen_ = 0;
};

}  // namespace lmqtt::test
