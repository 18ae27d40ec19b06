#include "accounts/password_file.hpp"

#include "accounts/fields.hpp"
#include "accounts/password_hash.hpp"

namespace lmqtt::accounts {

namespace {

void read_line(std::string_view line, std::size_t number, credential_list& into) {
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) {
        into.problem(number, "is no user:hash");
        return;
    }
    const std::string_view hash = line.substr(colon + 1);
    if (hash.empty()) {
        into.problem(number, "a user without a password");
    } else if (!hash.starts_with('$')) {
        into.problem(number, "a password that is not hashed: run mosquitto_passwd -U on the file");
    } else if (!is_password_hash(hash)) {
        into.problem(number, "a hash that is malformed, unknown, or asks for too much work");
    } else {
        into.add({std::string(line.substr(0, colon)), std::string(hash)}, number);
    }
}

}  // namespace

credentials parse_password_file(std::string_view text) {
    credential_list found;
    std::size_t number = 0;
    for (std::string_view line : split(text, '\n')) {
        ++number;
        if (line.ends_with('\r')) {
            line.remove_suffix(1);
        }
        if (line.find_first_not_of(" \t") != std::string_view::npos && !line.starts_with('#')) {
            read_line(line, number, found);
        }
    }
    return found.finish();
}

}  // namespace lmqtt::accounts
