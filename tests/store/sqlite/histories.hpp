// Random histories of a broker, and what a store has to give back after each of them. Seeded.
#pragma once

#include <lmqtt/store.hpp>

#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <tuple>
#include <vector>

namespace lmqtt::test {

// What a store holds, as plain maps; also what recover() brings back, to be compared.
struct held_state final : recovery {
    struct place {
        change::delivery_saved about{};
        bool received = false;
        std::optional<stored_message> message;  // none once the PUBREC came
    };

    std::map<std::uint64_t, stored_session> sessions;
    // By session, position and message: what is QoS 0 has the position of what comes next.
    std::map<std::tuple<std::uint64_t, std::uint64_t, std::uint64_t>, place> queue;
    std::map<std::uint64_t, change::will_saved> wills;  // that no session holds
    std::map<std::string, stored_message> kept;
    std::map<std::string, stored_author> authors;  // of what is kept, where they are known

    void session(stored_session&& what) override;
    void will(change::will_saved&& what) override;
    bool
    wants_payload(std::uint64_t payload_bytes, std::span<const stored_delivery> places) override;
    void message(
        stored_message&& what,
        bool with_payload,
        std::uint64_t payload_bytes,
        std::span<stored_delivery> places
    ) override;
    void retained(stored_message&& what, const std::optional<stored_author>& by) override;

    // One line a fact, in order: two states are equal when their texts are.
    std::string text() const;
};

class history {
public:
    explicit history(std::uint64_t seed)
        : random_(seed) {}

    // The changes of one turn, applied to state() as well.
    std::vector<store_change> turn();

    // A QoS 2 message whose receivers are on another shard than its publisher: the two parts of one
    // group of changes. They count once both are there, and then join() applies them to state().
    struct linked_publish {
        stored_message message;
        change::packet_id_taken taken;
        std::vector<change::delivery_saved> deliveries;
        std::vector<store_change> publishers_part;
        std::vector<store_change> receivers_part;
    };

    // None: there are no sessions.
    std::optional<linked_publish> link();
    void join(const linked_publish& whole);

    const held_state& state() const { return state_; }

private:
    using changes = std::vector<store_change>;

    std::uint64_t below(std::uint64_t limit) { return random_() % limit; }

    bool chance(unsigned percent) { return below(100) < percent; }

    std::string any_text(std::size_t longest);
    std::string any_properties(bool of_will);
    stored_message any_message();
    std::uint64_t any_session();
    void save_session(changes& into);
    void change_session(changes& into);
    void subscribe(changes& into);
    void publish(changes& into);
    void acknowledge(changes& into);
    void move(changes& into);
    void retain(changes& into);
    void take_packet_id(changes& into);
    void leave_will(changes& into);
    void let_go_of_will(changes& into);
    change::will_saved any_will(std::uint64_t session_id);
    void end_session(changes& into);

    std::mt19937_64 random_;
    held_state state_;
    std::uint64_t last_session_ = 0;
    std::uint64_t last_message_ = 0;
    std::map<std::uint64_t, std::uint64_t> positions_;
};

}  // namespace lmqtt::test
