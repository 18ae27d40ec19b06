// Where the rows of each section are written: one function a section. Constant data, any thread.
#pragma once

#include "config/keys.hpp"

#include <span>

namespace lmqtt::config_file {

// server_keys.cpp
std::span<const key> top_keys();
std::span<const key> mqtt_keys();
std::span<const key> limits_keys();
std::span<const key> persistence_keys();
std::span<const key> acl_keys();
std::span<const key> log_keys();
std::span<const key> sys_keys();

// auth_keys.cpp
std::span<const key> auth_keys();

// listener_keys.cpp
std::span<const key> listener_keys();

}  // namespace lmqtt::config_file
