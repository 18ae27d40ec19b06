// The keys of the process and of what it offers and keeps, against the structs they fill.
#include "described_struct.hpp"

using namespace lmqtt;

TEST_CASE("every field of the config has a key of its name") {
    test::check_fields({"config", "config", ""});
    test::check_fields({"config", "mqtt_options", "mqtt"});
    test::check_fields({"limit_options", "limit_options", "limits"});
    test::check_fields({"config", "persistence_options", "persistence"});
    test::check_fields({"config", "log_options", "log"});
    test::check_fields({"config", "sys_options", "sys"});
}
