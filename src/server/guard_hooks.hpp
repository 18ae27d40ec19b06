// The program's hooks, made safe to call: what one throws is logged, refuses what it was asked, and
// goes no further. A hook nobody set stays unset, and free.
#pragma once

#include "base/log.hpp"

#include <lmqtt/hooks.hpp>

namespace lmqtt::serving {

// The log must outlive what is returned, and so must `given`.
hooks guard(const hooks& given, base::logger log);

}  // namespace lmqtt::serving
