// Runs that measure connections, not messages: what an idle one keeps in the broker's memory, and
// what a storm of short ones costs.
#pragma once

#include "end_to_end/loop.hpp"
#include "end_to_end/options.hpp"
#include "end_to_end/report.hpp"

namespace bench {

// Resident memory before and after `chosen.connections` connect and then stay silent.
report run_idle(const options& chosen, loop& reactor);

// `chosen.connections` at once connect, are greeted, disconnect and begin again.
report run_storm(const options& chosen, loop& reactor);

}  // namespace bench
