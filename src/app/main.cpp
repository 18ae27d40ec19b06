// The lmqttd binary: the command line, and the one place where what stops it is caught.
#include "app/arguments.hpp"
#include "app/describe.hpp"
#include "app/failure.hpp"
#include "app/settings.hpp"
#include "app/start.hpp"
#include "app/version.hpp"

#include <cstdio>
#include <exception>
#include <string>

using namespace lmqtt::app;

namespace {

/// What there is to print.
std::string run(const arguments& given) {
    switch (given.wanted) {
    case action::say:
        return given.text;
    case action::start:
        run_broker(given.file);
        return {};
    case action::check:
        return check_settings(given.file);
    case action::describe:
        return describe(given.topic).value_or("");
    case action::version:
        return version_text();
    }
    return {};
}

}  // namespace

int main(int count, char** words) {
    exit_code code = exit_code::software;
    std::string text;
    try {
        const arguments given = parse_arguments({words + 1, words + count});
        text = run(given);
        code = given.code;
    } catch (const failure& stopped) {
        code = stopped.code();
        text = stopped.what();
    } catch (const std::exception& unexpected) {
        text = std::string("lmqttd: ") + unexpected.what() + "\n";
    }
    std::fputs(text.c_str(), code == exit_code::ok ? stdout : stderr);
    return static_cast<int>(code);
}
