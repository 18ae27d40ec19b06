// Any bytes as a certificate in DER: its name, whichever is asked for, is UTF-8 without control
// characters, or none.
#include "net/certificate_name.hpp"

#include "base/utf8.hpp"
#include "require.hpp"

#include <openssl/err.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

using namespace lmqtt;

namespace {

struct freeing {
    void operator()(X509* certificate) const { X509_free(certificate); }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const unsigned char* at = data;
    const std::unique_ptr<X509, freeing> read(d2i_X509(nullptr, &at, static_cast<long>(size)));
    ERR_clear_error();
    if (!read) {
        return 0;
    }
    for (const auto which :
         {certificate_identity::cn, certificate_identity::san, certificate_identity::subject}) {
        const std::string name = net::name_in(*read, which);
        require(base::is_utf8_string(name));
        require(std::ranges::none_of(name, [](char c) { return (c >= 0 && c < 0x20) || c == 0x7f; })
        );
    }
    require(net::name_in(*read, certificate_identity::none).empty());
    ERR_clear_error();
    return 0;
}
