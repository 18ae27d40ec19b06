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
    /// Null: no filter.
    using make_rest = std::function<std::unique_ptr<filter>(const address& peer)>;

    /// `proxy`: whose connection it is if the proxy does not say.
    proxy_filter(const address& proxy, make_rest rest);

    filtered receive(std::span<char> raw, std::span<char> room, std::string& answer) override;

    void send(std::span<const std::string_view>, std::string&) override {}

    void finish(std::string&) override {}

    std::optional<address> told_peer() override;

    bool is_done() const override { return done_; }

    std::unique_ptr<filter> take_rest() override { return std::move(rest_); }

private:
    address peer_;
    make_rest make_rest_;
    std::string header_;
    std::unique_ptr<filter> rest_;
    std::optional<address> told_;
    bool done_ = false;
};

}  // namespace lmqtt::net
