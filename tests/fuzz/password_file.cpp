// Any text as mosquitto's password file, and as gmqtt's: users with something to check passwords
// against, or problems, each with a line that the file has; never both, and nobody twice.
#include "accounts/password_file.hpp"

#include "accounts/gmqtt_file.hpp"
#include "accounts/names.hpp"
#include "accounts/password_hash.hpp"
#include "require.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <unordered_set>

using namespace lmqtt::accounts;

namespace {

void check(const credentials& read, std::size_t lines) {
    require(read.all.empty() || read.problems.empty());
    for (const file_problem& each : read.problems) {
        require(!each.what.empty() && each.line > 0 && each.line <= lines);
    }
    std::unordered_set<std::string> names;
    for (const credential& each : read.all) {
        require(problem_with_name(each.user).empty() && !each.secret.empty());
        require(names.insert(each.user).second);
    }
    require(read.problems.empty() == summary(read.problems, "f").empty());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text(data, data + size);
    const auto lines = static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n')) + 1;
    const credentials hashed = parse_password_file(text);
    check(hashed, lines);
    require(std::ranges::all_of(hashed.all, [](const credential& each) {
        return is_password_hash(each.secret);
    }));
    check(parse_gmqtt_file(text), lines);
    return 0;
}
