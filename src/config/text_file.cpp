#include "config/text_file.hpp"

#include <cerrno>
#include <cstdint>
#include <fstream>
#include <iterator>
#include <system_error>

namespace lmqtt::config_file {

text_file read_text_file(const std::filesystem::path& file) {
    constexpr std::uintmax_t largest = 1024 * 1024;
    std::error_code error;
    if (std::filesystem::is_directory(file, error)) {
        return {.text = {}, .failure = "cannot be read: it is a directory"};
    }
    errno = 0;
    std::ifstream stream(file, std::ios::binary);
    if (!stream) {
        return {.text = {}, .failure = "cannot be read: " + std::generic_category().message(errno)};
    }
    std::string text;
    for (std::istreambuf_iterator<char> next(stream), end; next != end && text.size() <= largest;
         ++next) {
        text += *next;
    }
    if (text.size() > largest) {
        return {.text = {}, .failure = "is larger than 1 MiB: not a configuration file"};
    }
    return {.text = std::move(text)};
}

}  // namespace lmqtt::config_file
