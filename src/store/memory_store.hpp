// persistence.type = "memory": nothing outlives the process, so nothing is ever submitted.
#pragma once

#include <lmqtt/store.hpp>

namespace lmqtt::persistence {

class memory_store final : public store {
public:
    bool durable() const override { return false; }

    void submit(unsigned /*shard*/, store_batch batch, committed_notice committed) override {
        committed(batch.number);
    }

    void flush() override {}
};

}  // namespace lmqtt::persistence
