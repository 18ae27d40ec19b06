// Power cuts: random histories go through the store on a disk whose power fails at random moments,
// and each image of that disk is opened again. 2000 images; LMQTT_POWER_CUTS=100000 makes so many,
// and LMQTT_SEED=n begins with another history. A failure says the seed of its history, which is
// all that is needed to see it again:
//
//     LMQTT_SEED=17 LMQTT_POWER_CUTS=1 build/debug/tests/store/store_test "[power]"
#include "reopened.hpp"
#include "replay.hpp"
#include "simulated_disk.hpp"
#include "support/scratch.hpp"

#include <catch2/catch.hpp>

#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

using namespace lmqtt;
using persistence::sqlite_store;
using persistence::synchronous;

namespace {

constexpr std::uint64_t usual = 2000;
constexpr std::size_t batches = 40;
constexpr unsigned images_of_a_moment = 2;
constexpr unsigned operations_a_moment = 15;
constexpr int pages_until_checkpoint = 24;

std::uint64_t asked_for(const char* variable, std::uint64_t otherwise) {
    const char* const text = std::getenv(variable);
    return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

struct cut {
    test::simulated_disk::image found;
    std::size_t announced;
    std::size_t submitted;
    const char* moment;
};

// One history, and the images of the cuts.
class cut_history {
public:
    cut_history(std::uint64_t seed, synchronous how)
        : random_(seed)
        , told_(seed, batches) {
        const std::string path = folder_.path("state.db").string();
        test::simulated_disk disk(folder_.path(".").string(), [this](const auto&) {
            perhaps_cut();
            return SQLITE_OK;
        });
        disk_ = &disk;
        test::held_state nothing;
        sqlite_store store(
            {.path = path, .how = how, .pages_when_busy = pages_until_checkpoint},
            told_.faults([this](std::string_view moment) { follow(moment); })
        );
        store.recover(nothing);
        told_.begin(store);
        told_.wait();
    }

    const test::replay& told() const { return told_; }

    const std::vector<cut>& cuts() const { return cuts_; }

private:
    void follow(std::string_view moment) {
        if (moment == "before_begin") {
            now_ = "commit";
        } else if (moment == "before_checkpoint") {
            now_ = "checkpoint";
        } else {
            now_ = moment == "after_commit" || moment == "after_checkpoint" ? "closing" : now_;
        }
    }

    void perhaps_cut() {
        if (disk_ == nullptr || random_() % operations_a_moment != 0) {
            return;
        }
        for (unsigned left = images_of_a_moment; left > 0; --left) {
            cuts_.push_back({disk_->cut(random_), told_.announced(), told_.submitted(), now_});
        }
    }

    test::scratch folder_;
    std::mt19937_64 random_;
    test::replay told_;
    const test::simulated_disk* disk_ = nullptr;
    std::vector<cut> cuts_;
    const char* now_ = "opening";
};

struct totals {
    std::uint64_t images = 0;
    std::uint64_t lost = 0;  // something announced was not there
    std::uint64_t more = 0;  // something was there that had not been announced
    std::map<std::string, std::uint64_t> moments;
};

void open_all(const cut_history& history, const test::reopened& disk, totals& seen) {
    for (const cut& each : history.cuts()) {
        INFO("image " << seen.images << ", in the middle of: " << each.moment);
        const std::string state = disk.state_of(each.found);
        const auto there = history.told().batches_in(state, each.submitted);
        REQUIRE(there.has_value());
        ++seen.images;
        ++seen.moments[each.moment];
        seen.lost += *there < each.announced ? 1U : 0U;
        seen.more += *there > each.announced ? 1U : 0U;
    }
}

totals cut_until(std::uint64_t images, synchronous how) {
    totals seen;
    const test::reopened disk;
    for (std::uint64_t seed = asked_for("LMQTT_SEED", 1); seen.images < images; ++seed) {
        CAPTURE(seed);
        open_all(cut_history(seed, how), disk, seen);
        if (how == synchronous::full) {
            REQUIRE(seen.lost == 0);
        }
    }
    return seen;
}

std::string figures_of(const totals& seen) {
    std::string text = std::to_string(seen.images) + " images, in " + std::to_string(seen.more) +
                       " more than had been announced; in the middle of";
    for (const auto& [moment, images] : seen.moments) {
        text += ' ' + moment + ": " + std::to_string(images);
    }
    return text;
}

}  // namespace

TEST_CASE("nothing that was announced is lost when the power fails", "[faults][power]") {
    const std::uint64_t images = asked_for("LMQTT_POWER_CUTS", usual);
    const totals seen = cut_until(images, synchronous::full);
    CHECK(seen.lost == 0);
    if (images >= usual) {
        CHECK(seen.more > 0);
        CHECK(seen.moments.size() == 4);
    }
    if (images > usual) {
        WARN(figures_of(seen));
    }
}

TEST_CASE("without a sync a commit, the same test sees losses", "[faults][power]") {
    const totals seen = cut_until(200, synchronous::normal);
    CHECK(seen.lost > 20);
}
