#include "session/answers.hpp"

#include <catch2/catch.hpp>

using namespace lmqtt;
using namespace lmqtt::session;

namespace {

answer puback_of(std::uint16_t packet_id, ticket committed_by = 0) {
    return {.packet_id = packet_id, .committed_by = committed_by};
}

answer
owing(std::uint16_t packet_id, std::uint16_t owed, reason_code reason = reason_code::success) {
    return {.reason = reason, .packet_id = packet_id, .owed = owed};
}

std::vector<std::uint16_t> taken(answer_queue& answers, ticket committed) {
    std::vector<std::uint16_t> ids;
    while (const auto next = answers.take(committed)) {
        ids.push_back(next->packet_id);
    }
    return ids;
}

using ids = std::vector<std::uint16_t>;

}  // namespace

TEST_CASE("answers leave in the order of the packets they answer", "[answers]") {
    answer_queue answers;
    answers.push(puback_of(3));
    answers.push({.type = packet_type::pubrec, .packet_id = 1});
    answers.push(puback_of(2));
    CHECK(answers.take(0)->type == packet_type::puback);
    CHECK(answers.take(0)->type == packet_type::pubrec);
    CHECK(answers.take(0)->packet_id == 2);
    CHECK_FALSE(answers.take(0).has_value());
}

TEST_CASE(
    "an answer waits until what it promises is stored [MQTT-4.3.2-4] [MQTT-4.3.3-8]", "[answers]"
) {
    answer_queue answers;
    answers.push(puback_of(1, 5));
    CHECK_FALSE(answers.ready(4));
    CHECK_FALSE(answers.take(4).has_value());
    CHECK(answers.ready(5));
    CHECK(answers.take(5)->packet_id == 1);
}

TEST_CASE("the first that waits holds the rest", "[answers]") {
    answer_queue answers;
    answers.push(puback_of(1));
    answers.push(puback_of(2, 9));
    answers.push(puback_of(3, 4));
    CHECK(taken(answers, 4) == ids{1});
    CHECK(taken(answers, 8).empty());
    CHECK(taken(answers, 9) == ids{2, 3});
}

TEST_CASE("an answer waits for every verdict it is owed", "[answers]") {
    answer_queue answers;
    const auto at = answers.next();
    CHECK(answers.push(owing(1, 2)) == at);
    answers.settle(at, false, true);
    CHECK_FALSE(answers.ready(100));
    answers.settle(at, false, true);
    CHECK(answers.take(0)->reason == reason_code::success);
}

TEST_CASE("a refusal anywhere is a refusal, whoever speaks last [X-PUB-1]", "[answers]") {
    for (const bool refused_first : {true, false}) {
        answer_queue answers;
        const auto at = answers.push(owing(1, 2, reason_code::no_matching_subscribers));
        answers.settle(at, refused_first, true);
        answers.settle(at, !refused_first, true);
        CHECK(answers.take(0)->reason == reason_code::quota_exceeded);
    }
}

TEST_CASE("a subscriber anywhere is a subscriber [X-PUB-1]", "[answers]") {
    answer_queue answers;
    const auto first = answers.push(owing(1, 2, reason_code::no_matching_subscribers));
    const auto second = answers.push(owing(2, 1, reason_code::no_matching_subscribers));
    answers.settle(first, false, false);
    answers.settle(first, false, true);
    answers.settle(second, false, false);
    CHECK(answers.take(0)->reason == reason_code::success);
    CHECK(answers.take(0)->reason == reason_code::no_matching_subscribers);
}

TEST_CASE("a verdict too many, or too late, changes nothing", "[answers]") {
    answer_queue answers;
    const auto gone = answers.push(puback_of(1));
    CHECK(answers.take(0).has_value());
    answers.settle(gone, true, true);
    const auto settled = answers.push(owing(2, 1));
    answers.settle(settled, false, true);
    answers.settle(settled, true, true);
    answers.settle(settled + 1, true, true);
    CHECK(answers.take(0)->reason == reason_code::success);
}

TEST_CASE(
    "answers end with the connection, and verdicts for them reach no later one", "[answers]"
) {
    answer_queue answers;
    const auto old = answers.push(owing(1, 1));
    answers.push(puback_of(2));
    answers.clear();
    CHECK(answers.size() == 0);
    const auto fresh = answers.push(owing(3, 1));
    CHECK(fresh > old);
    answers.settle(old, true, true);
    CHECK_FALSE(answers.ready(0));
    answers.settle(fresh, false, true);
    CHECK(answers.take(0)->reason == reason_code::success);
}
