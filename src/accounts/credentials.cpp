#include "accounts/credentials.hpp"

#include "accounts/names.hpp"

#include <cerrno>
#include <cstdio>
#include <memory>
#include <sys/stat.h>
#include <system_error>
#include <utility>

namespace lmqtt::accounts {

namespace {

struct closing {
    void operator()(std::FILE* file) const { std::fclose(file); }
};

}  // namespace

void credential_list::add(credential each, std::size_t line) {
    if (const auto wrong = problem_with_name(each.user); !wrong.empty()) {
        problem(line, wrong);
    } else if (!names_.insert(each.user).second) {
        problem(line, "the user \"" + each.user + "\" is there twice");
    } else {
        made_.all.push_back(std::move(each));
    }
}

void credential_list::problem(std::size_t line, std::string_view what) {
    made_.problems.push_back({line, std::string(what)});
}

credentials credential_list::finish() {
    if (!made_.problems.empty()) {
        made_.all.clear();
    }
    return std::move(made_);
}

// Reads one byte more than there may be.
std::string read_whole(const std::string& path, std::string& text) {
    const std::unique_ptr<std::FILE, closing> file(std::fopen(path.c_str(), "rbe"));

    struct stat about {};

    if (!file || ::fstat(::fileno(file.get()), &about) != 0) {
        return "cannot be opened: " + std::generic_category().message(errno);
    }
    if (!S_ISREG(about.st_mode)) {
        return "is no regular file";
    }
    std::string chunk(std::size_t{64} << 10, '\0');
    while (text.size() <= most_file_bytes) {
        const std::size_t got = std::fread(chunk.data(), 1, chunk.size(), file.get());
        text.append(chunk, 0, got);
        if (got < chunk.size()) {
            break;
        }
    }
    if (std::ferror(file.get()) != 0) {
        return "cannot be read: " + std::generic_category().message(errno);
    }
    return text.size() > most_file_bytes ? "is larger than 32 MiB" : "";
}

credentials read_credentials(const std::string& path, credentials (*parse)(std::string_view)) {
    std::string text;
    const std::string wrong = read_whole(path, text);
    return wrong.empty() ? parse(text) : credentials{{}, {{0, wrong}}};
}

std::string summary(const std::vector<file_problem>& problems, const std::string& path) {
    if (problems.empty()) {
        return {};
    }
    const file_problem& first = problems.front();
    const std::string place = first.line == 0 ? path : path + ":" + std::to_string(first.line);
    const std::size_t more = problems.size() - 1;
    return place + ": " + first.what +
           (more == 0 ? "" : " (and " + std::to_string(more) + " more)");
}

}  // namespace lmqtt::accounts
