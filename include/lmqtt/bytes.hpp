// How bytes are seen everywhere. Bytes are `char`, because SQLite, OpenSSL, std::string and sockets
// all speak char; a view never owns.
#pragma once

#include <string_view>

namespace lmqtt {

/// Any bytes, not necessarily text.
using byte_view = std::string_view;

}  // namespace lmqtt
