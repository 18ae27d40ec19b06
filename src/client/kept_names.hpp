// The names in a client_info, kept while a hook awaits: the session they are in may be gone before
// the hook has decided. Lives as long as the request.
#pragma once

#include <lmqtt/hooks.hpp>

#include <string>

namespace lmqtt::client {

class kept_names {
public:
    explicit kept_names(client_info& about)
        : client_id_(about.client_id)
        , username_(about.username) {
        about.client_id = client_id_;
        about.username = username_;
    }

    kept_names(const kept_names&) = delete;
    kept_names& operator=(const kept_names&) = delete;

private:
    std::string client_id_;
    std::string username_;
};

}  // namespace lmqtt::client
