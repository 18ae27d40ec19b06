#include "broker/metric.hpp"

namespace lmqtt::broker {

metric::metric(
    metric_registry& registry, metric_kind kind, std::string_view name, std::string_view help
) {
    registry.rows_.push_back({name, help, kind, this});
}

}  // namespace lmqtt::broker
