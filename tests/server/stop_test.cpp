#include <lmqtt/server.hpp>

#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/write.hpp>
#include <catch2/catch.hpp>

#include <array>
#include <chrono>
#include <future>
#include <string>

using namespace std::chrono_literals;
using boost::asio::ip::tcp;

namespace {

using waiting_timer = boost::asio::basic_waitable_timer<
    std::chrono::steady_clock,
    boost::asio::wait_traits<std::chrono::steady_clock>,
    lmqtt::executor>;

lmqtt::config quiet_config() {
    lmqtt::config settings;
    settings.listeners = {{.address = "127.0.0.1:0"}};
    settings.log.level = lmqtt::log_level::error;
    settings.persistence.type = lmqtt::persistence_type::memory;
    return settings;
}

tcp::socket connect(boost::asio::io_context& context, const lmqtt::server& to) {
    const std::string address = to.addresses().front();
    const auto port =
        static_cast<unsigned short>(std::stoul(address.substr(address.rfind(':') + 1)));
    tcp::socket socket(context);
    socket.connect({boost::asio::ip::make_address("127.0.0.1"), port});
    constexpr std::array<unsigned char, 15> hello{
        0x10, 13, 0, 4, 'M', 'Q', 'T', 'T', 5, 2, 0, 0, 0, 0, 0};
    boost::asio::write(socket, boost::asio::buffer(hello));
    return socket;
}

// Until the broker has closed the connection.
std::string read_to_the_end(tcp::socket& socket) {
    std::string bytes;
    boost::system::error_code end;
    boost::asio::read(socket, boost::asio::dynamic_buffer(bytes), end);
    return bytes;
}

// The promise is the test's, which outlives the server.
lmqtt::task<lmqtt::decision> never_answer(std::promise<void>& asked) {
    const auto here = co_await boost::asio::this_coro::executor;
    waiting_timer never(here, std::chrono::steady_clock::time_point::max());
    asked.set_value();
    co_await never.async_wait(lmqtt::use_task);
    co_return lmqtt::decision{};
}

}  // namespace

TEST_CASE("clients are told that the server shuts down [MQTT-3.14.4-1]", "[stop]") {
    lmqtt::server server(quiet_config());
    std::promise<void> connected;
    bool stopped = false;
    server.hooks().on_connected = [&](const lmqtt::client_info&) { connected.set_value(); };
    server.hooks().on_stop = [&] { stopped = true; };
    server.start();
    boost::asio::io_context context;
    tcp::socket socket = connect(context, server);
    connected.get_future().wait();
    auto seen = std::async(std::launch::async, [&] { return read_to_the_end(socket); });
    server.stop();
    const std::string bytes = seen.get();
    const std::string goodbye("\xE0\x01\x8B", 3);
    CHECK(bytes.find(goodbye) == bytes.size() - goodbye.size());
    CHECK(stopped);
}

TEST_CASE("a hook that never answers does not outlive the server", "[stop]") {
    std::promise<void> asked;
    lmqtt::server server(quiet_config());
    server.hooks().on_basic_auth = [&](lmqtt::basic_auth_request&) { return never_answer(asked); };
    server.start();
    boost::asio::io_context context;
    tcp::socket socket = connect(context, server);
    asked.get_future().wait();
    server.stop();
    CHECK(server.metrics().empty());
}

TEST_CASE("stop from two threads, and again, stops once", "[stop]") {
    lmqtt::server server(quiet_config());
    int stopped = 0;
    server.hooks().on_stop = [&] { ++stopped; };
    server.start();
    auto other = std::async(std::launch::async, [&] { server.stop(); });
    server.stop();
    other.get();
    server.stop();
    server.wait();
    CHECK(stopped == 1);
}
