// A file that a person wrote, read whole. Blocks; call it from any thread.
#pragma once

#include <filesystem>
#include <string>

namespace lmqtt::config_file {

struct text_file {
    std::string text;
    std::string failure = {};  // why there is no text, as the end of a sentence: "is a directory"
};

/// Files above 1 MiB are refused: nobody writes more, and a wrong path may hold anything.
text_file read_text_file(const std::filesystem::path& file);

}  // namespace lmqtt::config_file
