// What the broker knows about its keys, as the sample file and as a document. Both are kept in the
// repository and compared with this by a test. Pure functions.
#pragma once

#include <string>

namespace lmqtt::config_file {

/// etc/lmqttd.toml: every key with its default and its comment.
std::string describe_toml();

/// The body of docs/config.md.
std::string describe_markdown();

}  // namespace lmqtt::config_file
