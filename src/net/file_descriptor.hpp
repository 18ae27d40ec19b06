// Owns one open file descriptor and closes it. Movable between threads; one owner at a time.
#pragma once

#include <unistd.h>
#include <utility>

namespace lmqtt::net {

class file_descriptor {
public:
    file_descriptor() = default;

    explicit file_descriptor(int number) noexcept
        : number_(number) {}

    file_descriptor(file_descriptor&& other) noexcept
        : number_(other.release()) {}

    file_descriptor& operator=(file_descriptor&& other) noexcept {
        file_descriptor old(std::exchange(number_, other.release()));
        return *this;
    }

    ~file_descriptor() { close(); }

    [[nodiscard]] int get() const noexcept { return number_; }

    [[nodiscard]] bool is_open() const noexcept { return number_ >= 0; }

    /// Gives up ownership.
    [[nodiscard]] int release() noexcept { return std::exchange(number_, -1); }

    void close() noexcept {
        if (number_ >= 0) {
            ::close(std::exchange(number_, -1));
        }
    }

private:
    int number_ = -1;
};

}  // namespace lmqtt::net
