// A program that publishes through its own broker: every line of its input becomes a retained
// message, and at the end it says what was counted. Usage: publish_from_app [ADDRESS]
#include <lmqtt/server.hpp>

#include <iostream>

namespace {

lmqtt::message status(std::string text) {
    lmqtt::message what;
    what.topic = "app/status";
    what.payload = std::move(text);
    what.quality = lmqtt::qos::at_least_once;
    what.retain = true;
    what.properties.set(lmqtt::prop::content_type, "text/plain");
    what.properties.add({"from", "publish_from_app"});
    return what;
}

}  // namespace

int main(int count, char** arguments) {
    lmqtt::config settings;
    settings.listeners.front().address = count > 1 ? arguments[1] : "127.0.0.1:1883";

    lmqtt::server broker(settings);
    broker.start();
    std::cout << "listening on " << broker.addresses().front() << std::endl;

    for (std::string line; std::getline(std::cin, line) && line != "stop";) {
        broker.publish(status(std::move(line)));
    }
    for (const lmqtt::session_info& each : broker.sessions()) {
        std::cout << each.client_id << (each.connected ? " is here" : " is away") << std::endl;
    }
    for (const lmqtt::metric_value& each : broker.metrics()) {
        if (each.value != 0) {
            std::cout << each.name << ' ' << each.value << std::endl;
        }
    }
    broker.stop();
}
