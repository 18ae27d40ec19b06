// One filter over another: WebSocket over TLS. Owns both.
#pragma once

#include "net/filter.hpp"

#include <memory>

namespace lmqtt::net {

class stacked_filter final : public filter {
public:
    /// `lower` speaks to the peer, `upper` through it; `upper` works in place.
    stacked_filter(std::unique_ptr<filter> lower, std::unique_ptr<filter> upper);

    filtered receive(std::span<char> raw, std::span<char> room, std::string& answer) override;
    void send(std::span<const std::string_view> plain, std::string& wire) override;
    void finish(std::string& wire) override;
    std::optional<address> told_peer() override;
    std::string proved_name() const override;
    bool is_of_foreign_page() const override;

private:
    void send_through(std::string_view bytes, std::string& wire);

    std::unique_ptr<filter> lower_;
    std::unique_ptr<filter> upper_;
};

}  // namespace lmqtt::net
