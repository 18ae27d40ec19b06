// A log whose lines a test can read. Its file goes with it.
#pragma once

#include "base/log.hpp"
#include "support/fake_clock.hpp"

#include <lmqtt/config.hpp>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <unistd.h>

namespace lmqtt::test {

class captured_log {
public:
    captured_log()
        : file_(make_file())
        , output_(options(), clock_) {}

    captured_log(const captured_log&) = delete;
    captured_log& operator=(const captured_log&) = delete;

    ~captured_log() { std::filesystem::remove(file_); }

    [[nodiscard]] base::logger logger(std::string_view room) { return {output_, room}; }

    [[nodiscard]] base::log_output& output() { return output_; }

    [[nodiscard]] std::string text() const {
        std::ifstream in(file_);
        return {std::istreambuf_iterator<char>(in), {}};
    }

    [[nodiscard]] bool contains(std::string_view words) const {
        return text().find(words) != std::string::npos;
    }

private:
    static std::string make_file() {
        std::string name = (std::filesystem::temp_directory_path() / "lmqtt-test-XXXXXX").string();
        const int descriptor = mkstemp(name.data());
        if (descriptor < 0) {
            throw std::runtime_error("no temporary file");
        }
        ::close(descriptor);
        return name;
    }

    [[nodiscard]] log_options options() const {
        log_options to_file;
        to_file.level = log_level::debug;
        to_file.destination = file_;
        return to_file;
    }

    std::string file_;
    fake_clock clock_;
    base::log_output output_;
};

}  // namespace lmqtt::test
