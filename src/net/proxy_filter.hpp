// Takes the PROXY header off the beginning of a connection, and is then replaced by the filter that
// goes with the address it named. One connection's.
#pragma once

#include "net/filter.hpp"

#include <functional>
#include <memory>
#include <string>

namespace lmqtt::net {

class proxy_filter final : public filter {
public:
    struct what_follows {
        std::unique_ptr<filter> rest;   ///< null: no filter
        bool names_its_client = false;  ///< the peer is a proxy as well, which `rest` hears out
    };

    using make_rest = std::function<what_follows(const address& peer)>;

    /// `proxy`: whose connection it is if the proxy does not say.
    proxy_filter(const address& proxy, make_rest rest);

    filtered receive(std::span<char> raw, std::span<char> room, std::string& answer) override;

    void send(std::span<const std::string_view>, std::string&) override {}

    void finish(std::string&) override {}

    std::optional<address> told_peer() override;

    bool is_done() const override { return done_; }

    std::unique_ptr<filter> take_rest() override { return std::move(rest_); }

private:
    address proxy_;
    make_rest make_rest_;
    std::string header_;
    std::unique_ptr<filter> rest_;
    std::optional<address> told_;
    bool done_ = false;
};

}  // namespace lmqtt::net
