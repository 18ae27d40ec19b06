#include "app/password_prompt.hpp"

#include "app/failure.hpp"

#include <cerrno>
#include <string_view>
#include <termios.h>
#include <unistd.h>

namespace lmqtt::app {
namespace {

constexpr char interrupt = '\x03';

[[noreturn]] void refuse(const std::string& why) {
    throw failure(exit_code::usage, "lmqttd: " + why + "\n");
}

// Ctrl-C ends the line instead of the process, which would leave the terminal without echo.
class quiet_terminal {
public:
    explicit quiet_terminal(int terminal)
        : terminal_(terminal) {
        is_terminal_ = ::tcgetattr(terminal_, &before_) == 0;
        if (is_terminal_) {
            termios quiet = before_;
            quiet.c_lflag &= ~static_cast<tcflag_t>(ECHO | ISIG);
            quiet.c_cc[VEOL] = static_cast<cc_t>(interrupt);
            ::tcsetattr(terminal_, TCSAFLUSH, &quiet);
        }
    }

    quiet_terminal(const quiet_terminal&) = delete;
    quiet_terminal& operator=(const quiet_terminal&) = delete;

    ~quiet_terminal() {
        if (is_terminal_) {
            ::tcsetattr(terminal_, TCSAFLUSH, &before_);
        }
    }

    bool is_terminal() const { return is_terminal_; }

    void say(std::string_view text) const {
        // A prompt that cannot be shown is no reason not to read.
        [[maybe_unused]] const auto written = ::write(terminal_, text.data(), text.size());
    }

private:
    int terminal_;
    termios before_{};
    bool is_terminal_ = false;
};

enum class source { terminal, pipe };

// Byte by byte, so that nothing behind the line is taken.
std::string read_line(int input, source from, std::size_t most_bytes) {
    std::string line;
    char next = 0;
    while (line.size() <= most_bytes) {
        const ssize_t got = ::read(input, &next, 1);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0 || next == '\n') {
            break;
        }
        line += next;
        if (from == source::terminal && next == interrupt) {
            break;
        }
    }
    if (line.ends_with('\r')) {
        line.pop_back();
    }
    return line;
}

struct question {
    int input;
    std::size_t most_bytes;
};

std::string ask(const quiet_terminal& terminal, const question& of, std::string_view prompt) {
    terminal.say(prompt);
    std::string typed = read_line(of.input, source::terminal, of.most_bytes);
    terminal.say("\n");
    if (typed.find(interrupt) != std::string::npos) {
        refuse("nothing was changed");
    }
    return typed;
}

}  // namespace

std::string read_password(int input, std::size_t most_bytes) {
    const quiet_terminal terminal(input);
    std::string password;
    if (terminal.is_terminal()) {
        password = ask(terminal, {input, most_bytes}, "Password: ");
        if (ask(terminal, {input, most_bytes}, "The same again: ") != password) {
            refuse("the two passwords differ: nothing was changed");
        }
    } else {
        password = read_line(input, source::pipe, most_bytes);
    }
    if (password.empty()) {
        refuse("an empty password is none: nothing was changed");
    }
    if (password.size() > most_bytes) {
        refuse(
            "a password has at most " + std::to_string(most_bytes) +
            " bytes (limits.max_password_bytes): nothing was changed"
        );
    }
    return password;
}

}  // namespace lmqtt::app
