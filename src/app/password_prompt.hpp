// A password from whoever started lmqttd: asked for twice and without echo on a terminal, else one
// line of standard input. Never from the command line, where every process can read it.
#pragma once

#include <cstddef>
#include <string>

namespace lmqtt::app {

/// `input` is a descriptor. Throws failure: nothing was typed, two different ones, more than
/// `most_bytes`, or Ctrl-C.
std::string read_password(int input, std::size_t most_bytes);

}  // namespace lmqtt::app
