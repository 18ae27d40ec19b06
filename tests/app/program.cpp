#include "program.hpp"

#include <array>
#include <cstdlib>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace lmqtt::test {
namespace {

/// Appends what there is to read; false at the end.
bool read_some(int from, std::string& into) {
    std::array<char, 4096> bytes{};
    const ssize_t count = read(from, bytes.data(), bytes.size());
    if (count > 0) {
        into.append(bytes.data(), static_cast<std::size_t>(count));
    }
    return count > 0;
}

}  // namespace

program::program(std::vector<std::string> words) {
    words.insert(words.begin(), LMQTTD);
    std::vector<char*> pointers;
    for (std::string& word : words) {
        pointers.push_back(word.data());
    }
    pointers.push_back(nullptr);
    std::array<int, 2> out{};
    std::array<int, 2> err{};
    if (pipe(out.data()) != 0 || pipe(err.data()) != 0) {
        std::abort();
    }
    pid_ = fork();
    if (pid_ < 0) {
        std::abort();
    }
    if (pid_ == 0) {
        // Should the test be killed, its child must not go on listening.
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        dup2(out[1], STDOUT_FILENO);
        dup2(err[1], STDERR_FILENO);
        for (const int descriptor : {out[0], out[1], err[0], err[1]}) {
            close(descriptor);
        }
        execv(LMQTTD, pointers.data());
        _exit(127);
    }
    close(out[1]);
    close(err[1]);
    out_ = out[0];
    err_ = err[0];
}

program::~program() {
    if (pid_ > 0) {
        kill(pid_, SIGKILL);
        wait();
    }
    close(out_);
    close(err_);
}

bool program::says(std::string_view part) {
    for (;;) {
        const std::size_t found = errors_.find(part, seen_);
        const std::size_t end = found == std::string::npos ? found : errors_.find('\n', found);
        if (end != std::string::npos) {
            seen_ = end;
            return true;
        }
        if (!read_some(err_, errors_)) {
            return false;
        }
    }
}

void program::signal(int number) const {
    kill(pid_, number);
}

int program::wait() {
    while (read_some(err_, errors_)) {
    }
    while (read_some(out_, output_)) {
    }
    int status = 0;
    waitpid(pid_, &status, 0);
    pid_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

}  // namespace lmqtt::test
