// persistence.type = "memory": nothing outlives the process, so nothing is ever submitted.
#pragma once

#include <lmqtt/store.hpp>

namespace lmqtt::persistence {

class memory_store final : public store {
public:
    bool durable() const override { return false; }

    recovered recover(recovery& /*into*/) override { return {}; }

    void submit(unsigned /*shard*/, store_batch batch, committed_notice committed) override {
        committed(batch.number);
    }

    void fetch(std::vector<std::uint64_t> /*message_ids*/, fetched_notice done) override {
        done({});
    }

    bool flush() override { return true; }

    store_state state() const noexcept override { return store_state::working; }

    std::uint64_t pending_bytes() const noexcept override { return 0; }

    void on_state(state_notice /*notice*/) override {}
};

}  // namespace lmqtt::persistence
