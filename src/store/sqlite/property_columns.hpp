// The forwardable MQTT 5 properties between their wire form and the columns people read. What goes
// in comes out, but for the order of properties of different kinds, which has no meaning.
#pragma once

#include "store/sqlite/statement.hpp"

#include <lmqtt/properties.hpp>

#include <cstdint>
#include <optional>
#include <string>

namespace lmqtt::persistence {

// Holds what a statement is bound to: it must live until that has run.
class property_columns {
public:
    explicit property_columns(property_view from);

    // payload_format, content_type, response_topic, correlation_data, user_properties
    void bind_to(statement& target) const;

    // The same columns of a row, from `first` on; in wire form.
    static std::string read(const statement& from, int first);

private:
    property_view from_;
    std::string user_properties_;  // JSON
};

}  // namespace lmqtt::persistence
