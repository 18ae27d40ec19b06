// Who may come in, and who may read and write what: three decision hooks. Everybody has a password
// here, and the topics below "users/<name>/". Usage: auth_hook [ADDRESS]
#include <lmqtt/server.hpp>

#include <iostream>
#include <map>

namespace {

using lmqtt::decision;
using lmqtt::reason_code;

// A program that is more than an example keeps hashes.
const std::map<std::string, std::string, std::less<>> passwords{
    {"ada", "engine"}, {"grace", "compiler"}};

decision check_password(lmqtt::basic_auth_request& request) {
    const auto known = passwords.find(request.client.username);
    if (known == passwords.end() || request.connect.password != known->second) {
        return {reason_code::bad_user_name_or_password, "who are you?"};
    }
    request.user_properties.emplace_back("greeting", "welcome, " + known->first);
    return {};
}

bool owns(std::string_view username, std::string_view topic) {
    return topic.starts_with("users/" + std::string(username) + "/");
}

decision check_publish(lmqtt::publish_request& request) {
    if (!owns(request.client.username, request.what.topic)) {
        return {reason_code::not_authorized, "not your topic"};
    }
    return {};
}

// A coroutine, which may await whatever it has to ask: this client's later packets wait for it,
// other clients do not.
lmqtt::task<bool> may_read(std::string username, std::string topic_filter) {
    co_return owns(username, topic_filter);
}

lmqtt::task<decision> check_subscribe(lmqtt::subscribe_request& request) {
    for (auto& item : request.filters) {
        const std::string username(request.client.username);
        const bool allowed = co_await may_read(username, item.what.topic_filter);
        if (!allowed) {
            item.verdict = {reason_code::not_authorized, "not your topic"};
        }
    }
    co_return decision{};
}

}  // namespace

int main(int count, char** arguments) {
    lmqtt::config settings;
    settings.listeners.front().address = count > 1 ? arguments[1] : "127.0.0.1:1883";

    lmqtt::server broker(settings);
    broker.hooks().on_basic_auth = check_password;
    broker.hooks().on_msg_arrived = check_publish;
    broker.hooks().on_subscribe = check_subscribe;
    broker.start();
    std::cout << "listening on " << broker.addresses().front() << std::endl;

    for (std::string line; line != "stop" && std::getline(std::cin, line);) {
    }
    broker.stop();
}
