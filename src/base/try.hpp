// LMQTT_TRY: the short way to say "or return the error" for functions that return a
// boost::system::result (or anything with has_error(), error() and operator*). The error is passed
// on as it is.
//
//     LMQTT_TRY(const auto length, reader.varint());
//     LMQTT_TRY(expect_end(reader));            // a result<void>, or a value nobody needs
#pragma once

#include <utility>

#define LMQTT_TRY_JOIN_AGAIN(a, b) a##b
#define LMQTT_TRY_JOIN(a, b) LMQTT_TRY_JOIN_AGAIN(a, b)

#define LMQTT_TRY_DONE(name, expression)                                                           \
    if (auto name = (expression); name.has_error())                                                \
    return std::move(name).error()

#define LMQTT_TRY_VALUE(name, declaration, expression)                                             \
    auto name = (expression);                                                                      \
    if (name.has_error())                                                                          \
        return std::move(name).error();                                                            \
    declaration = *std::move(name)

// Two arguments at most, so an expression with a comma outside its parentheses goes in parentheses
// of its own.
#define LMQTT_TRY_PICK(first, second, pick, ...) pick
#define LMQTT_TRY_ONE(expression) LMQTT_TRY_DONE(LMQTT_TRY_JOIN(try_, __LINE__), expression)
#define LMQTT_TRY_TWO(declaration, expression)                                                     \
    LMQTT_TRY_VALUE(LMQTT_TRY_JOIN(try_, __LINE__), declaration, expression)
#define LMQTT_TRY(...) LMQTT_TRY_PICK(__VA_ARGS__, LMQTT_TRY_TWO, LMQTT_TRY_ONE, )(__VA_ARGS__)
