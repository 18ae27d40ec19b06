// What a file of accounts says: names with what is stored for their passwords, or everything that
// is wrong with the file. A file with a problem is refused whole: half of it could mean the
// opposite.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace lmqtt::accounts {

struct credential {
    std::string user;
    std::string secret;  // a hash; in gmqtt's file perhaps a password

    friend bool operator==(const credential&, const credential&) = default;
};

struct file_problem {
    std::size_t line = 0;  // 0: the file as a whole
    std::string what;      // never what is secret

    friend bool operator==(const file_problem&, const file_problem&) = default;
};

struct credentials {
    std::vector<credential> all;  // empty if there are problems
    std::vector<file_problem> problems;
};

/// How the formats make them: line by line.
class credential_list {
public:
    /// A name that is wrong, or taken, is a problem.
    void add(credential each, std::size_t line);

    void problem(std::size_t line, std::string_view what);

    credentials finish();

private:
    credentials made_;
    std::unordered_set<std::string> names_;
};

inline constexpr std::size_t most_file_bytes = std::size_t{32} << 20;

/// Appends the file to `text`. Empty; or why it cannot be read.
std::string read_whole(const std::string& path, std::string& text);

/// Reads the file and parses it. One that cannot be read, or is larger than that, is a problem.
credentials read_credentials(const std::string& path, credentials (*parse)(std::string_view));

/// "path:line: what" of the first problem, and how many more there are.
std::string summary(const std::vector<file_problem>& problems, const std::string& path);

}  // namespace lmqtt::accounts
