#include "accounts/fields.hpp"
#include "accounts/scram.hpp"
#include "base/base64.hpp"
#include "support/scram_client.hpp"

#include <catch2/catch.hpp>

using namespace lmqtt::accounts;
using lmqtt::test::scram_proof;
using kind = scram_answer::kind;

namespace {

// RFC 7677, 3.
const std::string rfc_first = "n,,n=user,r=rOprNGfwEbeRWgbNEkqO";
const std::string rfc_final = "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
                              "p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=";

std::optional<scram_verifier> only_user(const std::string& name) {
    if (name != "user" && name != "a,b=c") {
        return std::nullopt;
    }
    return derive_scram_verifier(
        "pencil", lmqtt::base::from_base64("W22ZaJ0SNY7soEsUEjb6gQ==").value(), 4096
    );
}

scram_exchange exchange() {
    return scram_exchange({only_user, "secret", "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0"});
}

}  // namespace

TEST_CASE("the exchange of RFC 7677 is spoken word by word", "[scram]") {
    scram_exchange one = exchange();
    const auto challenge = one.take(rfc_first);
    CHECK(challenge.is == kind::challenge);
    CHECK(
        challenge.text == "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
                          "s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"
    );
    const auto end = one.take(rfc_final);
    CHECK(end.is == kind::accepted);
    CHECK(end.text == "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=");
    CHECK(one.user_name() == "user");
}

TEST_CASE("a verifier that was made takes its password, and no other", "[scram]") {
    const scram_verifier made = make_scram_verifier("Grüße").value();
    CHECK(made.salt.size() == 16);
    CHECK(made.iterations >= 4096);
    for (const auto& [password, expected] :
         {std::pair("Grüße", kind::accepted), std::pair("Gruesse", kind::refused)}) {
        scram_exchange one({[&](const std::string&) { return std::optional(made); }, "", ""});
        const std::string first = "n,,n=me,r=abc";
        const auto challenge = one.take(first);
        REQUIRE(challenge.is == kind::challenge);
        CHECK(one.take(scram_proof(first, challenge.text, password)).is == expected);
    }
}

TEST_CASE("every exchange has a nonce of its own", "[scram]") {
    scram_exchange one({only_user, "", ""});
    scram_exchange other({only_user, "", ""});
    CHECK(one.take(rfc_first).text != other.take(rfc_first).text);
}

TEST_CASE("an unknown user looks like any other until the end (C15)", "[scram]") {
    const std::string first = "n,,n=nobody,r=abc";
    const auto challenge_of = [&](const char* secret) {
        return scram_exchange({only_user, secret, "same"}).take(first);
    };
    const auto challenge = challenge_of("secret");
    CHECK(challenge.is == kind::challenge);
    CHECK(challenge.text == challenge_of("secret").text);
    CHECK(challenge.text != challenge_of("other").text);
    scram_exchange one({only_user, "secret", "same"});
    REQUIRE(one.take(first).text == challenge.text);
    CHECK(one.take(scram_proof(first, challenge.text, "pencil")).is == kind::refused);
    // It has the form of one that was made.
    const auto made = make_scram_verifier("x").value();
    const auto fields = split(challenge.text, ',');
    CHECK(lmqtt::base::from_base64(value_of(fields[1], "s").value())->size() == made.salt.size());
    CHECK(fields[2] == "i=" + std::to_string(made.iterations));
}

TEST_CASE("a user that does not exist cannot prove to know zeros", "[scram]") {
    // Nor can anybody find a key whose hash is what a fake verifier holds: it fails all the same.
    scram_exchange one({[](const std::string&) { return std::nullopt; }, "", "n"});
    const auto challenge = one.take(rfc_first);
    const std::string zero = lmqtt::base::to_base64(std::string(32, '\0'));
    const std::string nonce(split(challenge.text, ',')[0]);
    CHECK(one.take("c=biws," + nonce + ",p=" + zero).is == kind::refused);
}

TEST_CASE("commas and equals signs in names are escaped", "[scram]") {
    scram_exchange one = exchange();
    CHECK(one.take("n,,n=a=2Cb=3Dc,r=x").is == kind::challenge);
    CHECK(one.user_name() == "a,b=c");
}

TEST_CASE("names and passwords are prepared (RFC 5802, 2.2 and 5.1)", "[scram]") {
    const auto find = [](const std::string& user) -> std::optional<scram_verifier> {
        return user == "IX" ? make_scram_verifier("p\u2168\u00a0") : std::nullopt;
    };
    for (const std::string name : {"IX", "I\u00adX", "\u2168"}) {
        scram_exchange one({find, "", ""});
        const std::string first = "n,,n=" + name + ",r=abc";
        const auto challenge = one.take(first);
        REQUIRE(challenge.is == kind::challenge);
        CHECK(one.user_name() == "IX");
        CHECK(one.take(scram_proof(first, challenge.text, "pIX ")).is == kind::accepted);
    }
}

TEST_CASE("a password that SASLprep prohibits has no verifier", "[scram]") {
    CHECK_FALSE(make_scram_verifier("a\u0007"));
    CHECK_FALSE(make_scram_verifier("\U0001f642"));
    CHECK_FALSE(make_scram_verifier("\xff"));
    CHECK_FALSE(make_scram_verifier(""));
    CHECK(is_scram_name("alice"));
    CHECK(is_scram_name("J\u00fcrgen"));
    CHECK_FALSE(is_scram_name("J\u0075\u0308rgen"));
    CHECK_FALSE(is_scram_name("\u2168"));
    CHECK_FALSE(is_scram_name("\xff"));
}

TEST_CASE("a client-first that is not one is refused (C12)", "[scram]") {
    for (const std::string& wrong :
         {std::string(),
          std::string("n,,n=user"),
          std::string("n,,n=,r=x"),
          std::string("n,,n=user,r="),
          std::string("n,,n=user,r=a b"),
          std::string("n,,r=x,n=user"),
          std::string("n,a=admin,n=user,r=x"),
          std::string("p=tls-unique,,n=user,r=x"),
          std::string("n,,m=ext,n=user,r=x"),
          std::string("n,,n=us=er,r=x"),
          std::string("n,,n=user=2,r=x"),
          std::string("n,,n=user=2c,r=x"),
          std::string("x,,n=user,r=x"),
          std::string("n,,n=\x07,r=x"),
          std::string("n,,n=\u00ad,r=x"),
          std::string("n,,n=\u0627\u0031,r=x"),
          std::string("n,,n=\xff,r=x"),
          "n,,n=" + std::string(1025, 'u') + ",r=x",
          rfc_final,
          "n,,n=user,r=" + std::string(5000, 'x')}) {
        INFO(wrong);
        scram_exchange one = exchange();
        CHECK(one.take(wrong).is == kind::refused);
        CHECK(one.take(rfc_first).is == kind::refused);
    }
}

TEST_CASE("a client-final that differs in anything is refused (C12)", "[scram]") {
    const auto refuses = [](const std::string& message) {
        scram_exchange one = exchange();
        REQUIRE(one.take(rfc_first).is == kind::challenge);
        return one.take(message).is == kind::refused && one.take(rfc_final).is == kind::refused;
    };
    for (std::size_t at = 0; at < rfc_final.size(); ++at) {
        std::string changed = rfc_final;
        changed[at] = changed[at] == 'A' ? 'B' : 'A';
        INFO(changed);
        CHECK(refuses(changed));
        CHECK(refuses(rfc_final.substr(0, at)));
    }
    CHECK(refuses(rfc_final + ","));
    CHECK(refuses("c=eSws" + rfc_final.substr(6)));  // the header of another client-first
    CHECK(refuses(rfc_first));
}

TEST_CASE("what was accepted is over", "[scram]") {
    scram_exchange one = exchange();
    REQUIRE(one.take(rfc_first).is == kind::challenge);
    REQUIRE(one.take(rfc_final).is == kind::accepted);
    CHECK(one.take(rfc_final).is == kind::refused);
    CHECK(one.take(rfc_first).is == kind::refused);
}
