// Asio, compiled once: everybody who depends on asio_dep gets BOOST_ASIO_SEPARATE_COMPILATION.
#include <boost/asio/impl/src.hpp>
