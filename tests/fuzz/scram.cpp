// Any messages of a client to a SCRAM exchange: one challenge at most, with the client's nonce in
// front; who gives no proof is not accepted, and what is over stays over.
//     the messages, with a line end between them
#include "accounts/scram.hpp"

#include "accounts/names.hpp"
#include "accounts/saslprep.hpp"
#include "base/base64.hpp"
#include "require.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

using namespace lmqtt::accounts;
using namespace lmqtt::base;

namespace {

using kind = scram_answer::kind;

// The one of RFC 7677.
std::optional<scram_verifier> find(const std::string& user) {
    static const scram_verifier known =
        derive_scram_verifier("pencil", from_base64("W22ZaJ0SNY7soEsUEjb6gQ==").value(), 4096);
    return user == "user" ? std::optional(known) : std::nullopt;
}

void check_challenge(const scram_exchange& of, const scram_answer& answer) {
    require(answer.text.starts_with("r=") && answer.text.size() < 8192);
    require(answer.text.find(",s=") != std::string::npos);
    require(problem_with_name(of.user_name()).empty());
    require(is_scram_name(of.user_name()));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::string text(data, data + size);
    std::string_view rest = text;
    scram_exchange one({find, "secret", "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0"});
    bool is_over = false;
    bool is_challenged = false;
    for (int messages = 0; messages < 4; ++messages) {
        const std::string_view message = rest.substr(0, rest.find('\n'));
        rest.remove_prefix(std::min(rest.size(), message.size() + 1));
        const scram_answer answer = one.take(message);
        require(!is_over || (answer.is == kind::refused && answer.text.empty()));
        if (answer.is == kind::challenge) {
            require(!is_challenged);
            check_challenge(one, answer);
            is_challenged = true;
        } else {
            require(answer.is == kind::refused || (is_challenged && one.user_name() == "user"));
            require((answer.is == kind::accepted) == answer.text.starts_with("v="));
            is_over = true;
        }
    }
    return 0;
}
