// A server on a free port of the loopback, and a connection that says bytes to it: for tests of
// what a program sees that embeds one.
#pragma once

#include <lmqtt/server.hpp>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace lmqtt::test {

inline config quiet_config() {
    config settings;
    settings.listeners = {{.address = "127.0.0.1:0"}};
    settings.log.level = log_level::error;
    settings.persistence.type = persistence_type::memory;
    return settings;
}

class raw_client {
public:
    using tcp = boost::asio::ip::tcp;

    // `receive_buffer`: so much the kernel may hold for it; 0: as usual.
    explicit raw_client(const server& to, int receive_buffer = 0, std::size_t listener = 0)
        : socket_(context_) {
        const std::string address = to.addresses().at(listener);
        const auto port =
            static_cast<unsigned short>(std::stoul(address.substr(address.rfind(':') + 1)));
        socket_.open(tcp::v4());
        if (receive_buffer != 0) {
            socket_.set_option(boost::asio::socket_base::receive_buffer_size(receive_buffer));
        }
        socket_.connect({boost::asio::ip::make_address("127.0.0.1"), port});
    }

    // MQTT 5, clean start, nothing else.
    void say_connect() {
        using namespace std::string_literals;
        say("\x10\x0D\0\4MQTT\5\2\0\0\0\0\0"s);
    }

    void say(std::string_view bytes) { boost::asio::write(socket_, boost::asio::buffer(bytes)); }

    std::string read(std::size_t size) {
        std::string bytes(size, '\0');
        boost::asio::read(socket_, boost::asio::buffer(bytes));
        return bytes;
    }

    // A whole packet, of less than 128 bytes.
    std::string packet() {
        const std::string head = read(2);
        return head + read(static_cast<unsigned char>(head[1]));
    }

    // Until the broker has closed the connection.
    std::string read_to_the_end() {
        std::string bytes;
        boost::system::error_code end;
        boost::asio::read(socket_, boost::asio::dynamic_buffer(bytes), end);
        return bytes;
    }

private:
    boost::asio::io_context context_;
    tcp::socket socket_;
};

}  // namespace lmqtt::test
