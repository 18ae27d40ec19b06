// A broker inside a program: it greets whoever connects, until the line "stop" or the end of input.
// Usage: embed_minimal [ADDRESS]
#include <lmqtt/server.hpp>

#include <iostream>

int main(int count, char** arguments) {
    lmqtt::config settings;
    settings.listeners.front().address = count > 1 ? arguments[1] : "127.0.0.1:1883";

    lmqtt::server broker(settings);
    broker.hooks().on_connected = [](const lmqtt::client_info& client) {
        std::cout << "welcome, " << client.client_id << std::endl;
    };
    broker.start();
    std::cout << "listening on " << broker.addresses().front() << std::endl;

    for (std::string line; line != "stop" && std::getline(std::cin, line);) {
    }
    broker.stop();
}
