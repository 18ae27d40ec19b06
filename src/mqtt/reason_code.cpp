#include <lmqtt/reason_code.hpp>

namespace lmqtt {

std::string_view name_of(reason_code code) {
    for (const reason_row& row : reason_rows::all) {
        if (row.code == code) {
            return row.name;
        }
    }
    return "Unknown reason code";
}

}  // namespace lmqtt
