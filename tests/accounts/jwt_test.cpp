#include "accounts/jwt.hpp"
#include "sample_accounts.hpp"
#include "signed_token.hpp"

using namespace lmqtt;
using namespace lmqtt::accounts;
using namespace lmqtt::test;
using namespace std::chrono_literals;

namespace {

constexpr base::wall_time now{std::chrono::seconds(1'800'000'000)};

jwt_rules with_secret() {
    jwt_rules rules;
    rules.keys.emplace_back(jwt_algorithm::hs256, secret_of_hs256);
    return rules;
}

std::string why(const std::string& text, jwt_rules rules = with_secret()) {
    const jwt_verdict said = jwt_verifier(std::move(rules)).check(text, now);
    CHECK(said.identity.has_value() == said.why.empty());
    return said.why;
}

// With a claim more than it needs.
std::string with(const std::string& claim) {
    return hs256_token(R"({"sub":"alice","exp":1800000060,)" + claim + "}");
}

}  // namespace

TEST_CASE("a token says who it is, what they are, and until when", "[jwt]") {
    const private_key rsa = private_key::rsa();
    const private_key ec = private_key::ec();
    const private_key ed = private_key::ed25519();
    jwt_rules rules = with_secret();
    rules.keys.emplace_back(jwt_algorithm::rs256, rsa.public_pem());
    rules.keys.emplace_back(jwt_algorithm::es256, ec.public_pem());
    rules.keys.emplace_back(jwt_algorithm::eddsa, ed.public_pem());
    const jwt_verifier verifier(std::move(rules));
    const std::string claims = R"({"sub":"alice","exp":1800000060,"roles":["a","b"]})";
    const auto text = [&](const char* algorithm) {
        return unsigned_token(std::string(R"({"typ":"JWT","alg":")") + algorithm + "\"}", claims);
    };
    for (const std::string& each :
         {hs256_token(claims),
          token(text("RS256"), rsa.rs256(text("RS256"))),
          token(text("ES256"), ec.es256(text("ES256"))),
          token(text("EdDSA"), ed.eddsa(text("EdDSA")))}) {
        CHECK(verifier.check(each, now).identity == jwt_identity{"alice", {"a", "b"}, now + 90s});
    }
    // The right key under the name of another algorithm.
    for (const char* const other :
         {"none", "None", "", "HS256", "HS384", "PS256", "ES384", "rs256"}) {
        CHECK_FALSE(verifier.check(token(text(other), rsa.rs256(text(other))), now).identity);
    }
}

TEST_CASE("the token of RFC 7515, A.1, is read as it says", "[jwt]") {
    jwt_rules rules;
    rules.keys.emplace_back(
        jwt_algorithm::hs256,
        lmqtt::base::from_base64(
            "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75"
            "aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow",
            lmqtt::base::base64_kind::url
        )
            .value()
    );
    rules.user_claim = "iss";
    const std::string text = "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9."
                             "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFt"
                             "cGxlLmNvbS9pc19yb290Ijp0cnVlfQ."
                             "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    const base::wall_time then{std::chrono::seconds(1'300'819'379)};
    const jwt_verifier verifier(std::move(rules));
    CHECK(verifier.check(text, then).identity->user_name == "joe");
    CHECK(verifier.check(text, then + 31s).why == "it is over");
}

TEST_CASE("a token without a valid signature is refused (C12)", "[jwt]") {
    const std::string claims = R"({"sub":"alice","exp":1800000060})";
    const std::string none = unsigned_token(R"({"alg":"none"})", claims);
    const std::string good = hs256_token(claims);
    REQUIRE(why(good).empty());
    CHECK_FALSE(why(none + ".").empty());
    CHECK_FALSE(why(token(none, "x")).empty());
    CHECK_FALSE(why(good + ".").empty());
    CHECK_FALSE(why(good.substr(0, good.rfind('.') + 1)).empty());
    CHECK_FALSE(why(good.substr(0, good.rfind('.'))).empty());
    CHECK_FALSE(why(good + "=").empty());
    for (std::size_t at = 0; at < good.size(); ++at) {
        std::string changed = good;
        changed[at] = changed[at] == 'A' ? 'Q' : 'A';
        CHECK_FALSE(why(changed).empty());
    }
    CHECK_FALSE(why(good, {}).empty());  // no keys at all
}

TEST_CASE("a public key is never a secret, whatever the header says (C12)", "[jwt]") {
    const std::string pem = private_key::rsa().public_pem();
    jwt_rules rules;
    rules.keys.emplace_back(jwt_algorithm::rs256, pem);
    const std::string text =
        unsigned_token(R"({"alg":"HS256"})", R"({"sub":"alice","exp":1800000060})");
    CHECK_FALSE(why(token(text, hmac_sha256(pem, text)), std::move(rules)).empty());
}

TEST_CASE("a header that asks for more than we do is refused (C12)", "[jwt]") {
    const std::string claims = R"({"sub":"alice","exp":1800000060})";
    for (const char* const header :
         {R"({"alg":"HS256","crit":["exp"],"exp":1})",
          R"({"alg":"HS256","crit":[]})",
          R"({"alg":"HS256","kid":1})",
          R"({"alg":["HS256"]})",
          R"({"typ":"JWT"})",
          R"(["HS256"])",
          R"("HS256")",
          ""}) {
        INFO(header);
        CHECK_FALSE(why(hs256_token(claims, header)).empty());
    }
}

TEST_CASE("a key is chosen by its name, if both have one", "[jwt]") {
    jwt_rules rules;
    rules.keys.emplace_back(jwt_algorithm::hs256, std::string(32, 'x'), "one");
    rules.keys.emplace_back(jwt_algorithm::hs256, secret_of_hs256, "two");
    const jwt_verifier verifier(std::move(rules));
    const auto accepts = [&](const char* header) {
        const std::string text = hs256_token(R"({"sub":"alice","exp":1800000060})", header);
        return verifier.check(text, now).identity.has_value();
    };
    CHECK(accepts(R"({"alg":"HS256","kid":"two"})"));
    CHECK(accepts(R"({"alg":"HS256"})"));
    CHECK_FALSE(accepts(R"({"alg":"HS256","kid":"one"})"));
    CHECK_FALSE(accepts(R"({"alg":"HS256","kid":"../../two"})"));
}

TEST_CASE("a token is valid from its beginning to its end, give or take the leeway", "[jwt]") {
    const auto ending = [](const char* exp) {
        return hs256_token(std::string(R"({"sub":"alice","exp":)") + exp + "}");
    };
    CHECK(why(ending("1799999971")).empty());
    CHECK(why(ending("1799999970")) == "it is over");
    CHECK(why(ending("1800000000.5")).empty());
    CHECK(why(hs256_token(R"({"sub":"alice"})")) == "it has no end");
    for (const char* const wrong : {"\"1800000060\"", "null", "-1", "1e300", "[]", "true"}) {
        CHECK(why(ending(wrong)) == "its end is no time");
    }
    for (const std::string& name : {std::string("nbf"), std::string("iat")}) {
        CHECK(why(with("\"" + name + "\":1800000030")).empty());
        CHECK_FALSE(why(with("\"" + name + "\":1800000031")).empty());
        CHECK_FALSE(why(with("\"" + name + "\":\"1\"")).empty());
    }
    jwt_rules strict = with_secret();
    strict.leeway = 0s;
    CHECK(why(ending("1800000000"), std::move(strict)) == "it is over");
}

TEST_CASE("a token is of our issuer, and for us", "[jwt]") {
    const auto rules = [] {
        jwt_rules ours = with_secret();
        ours.issuer = "https://issuer";
        ours.audience = "broker";
        return ours;
    };
    const std::string issuer = R"("iss":"https://issuer",)";
    CHECK(why(with(issuer + R"("aud":"broker")"), rules()).empty());
    CHECK(why(with(issuer + R"("aud":["x","broker"])"), rules()).empty());
    for (const char* const audience :
         {R"("aud":"other")", R"("aud":[])", R"("aud":1)", R"("x":1)"}) {
        CHECK(why(with(issuer + audience), rules()) == "it is for another audience");
    }
    for (const char* const other : {R"("iss":"x",)", R"("iss":["https://issuer"],)", ""}) {
        CHECK(
            why(with(other + std::string(R"("aud":"broker")")), rules()) ==
            "it is of another issuer"
        );
    }
    CHECK(why(with(R"("aud":"somebody")")) == "it is for another audience");
    CHECK(why(with(R"("aud":"")")) == "it is for another audience");
    CHECK(why(with(R"("iss":"anybody")")).empty());
}

TEST_CASE("user and roles are where the rules say", "[jwt]") {
    jwt_rules rules = with_secret();
    rules.user_claim = "preferred_username";
    rules.roles_claim = "/realm_access/roles";
    const jwt_verifier verifier(std::move(rules));
    const auto said = verifier.check(
        with(R"("preferred_username":"bob","realm_access":{"roles":["x"]},"roles":["y"])"), now
    );
    CHECK(said.identity == jwt_identity{"bob", {"x"}, now + 90s});
    CHECK_FALSE(verifier.check(with(R"("x":1)"), now).identity);
    CHECK(
        jwt_verifier(with_secret()).check(with(R"("roles":"one")"), now).identity->roles ==
        std::vector<std::string>{"one"}
    );
    for (const char* const wrong : {"", "/", "a", "/~2"}) {
        jwt_rules odd = with_secret();
        odd.roles_claim = wrong;
        const bool is_fine = std::string(wrong) == "a" || std::string(wrong) == "/";
        CHECK(complaint_of([&] { jwt_verifier{std::move(odd)}; }).empty() == is_fine);
    }
}

TEST_CASE("names and roles that are none are refused (C17)", "[jwt]") {
    for (const char* const claims :
         {R"({"exp":1800000060})",
          R"({"sub":"","exp":1800000060})",
          R"({"sub":1,"exp":1800000060})",
          R"({"sub":null,"exp":1800000060})",
          R"({"sub":"a\u0000b","exp":1800000060})",
          R"({"sub":"a\nb","exp":1800000060})"}) {
        INFO(claims);
        CHECK_FALSE(why(hs256_token(claims)).empty());
    }
    for (const char* const roles :
         {"1", "null", "{}", "[1]", "[\"a\",[]]", "[\"\"]", "[\"a\\n\"]"}) {
        INFO(roles);
        CHECK_FALSE(why(with(std::string("\"roles\":") + roles)).empty());
    }
}

TEST_CASE("claims that are no object, or too deep, are refused (B14)", "[jwt]") {
    const auto nested = [](int depth) {
        return with(
            "\"x\":" + std::string(static_cast<std::size_t>(depth), '[') +
            std::string(static_cast<std::size_t>(depth), ']')
        );
    };
    CHECK(why(nested(6)).empty());
    CHECK_FALSE(why(nested(20)).empty());
    CHECK_FALSE(why(nested(5000)).empty());
    for (const char* const text : {"", "null", "[]", "1", "{", "{\"sub\":\"\xff\"}", "{}x"}) {
        CHECK_FALSE(why(hs256_token(text)).empty());
    }
    CHECK(why(with(R"("x":")" + std::string(45'000, 'x') + "\"")).empty());
}

TEST_CASE("times that no clock of ours reaches are what they are", "[jwt]") {
    const jwt_verifier verifier(with_secret());
    for (const char* const end : {"253402300799", "9223372036", "9223372037", "18446744073"}) {
        const auto said =
            verifier.check(hs256_token(std::string(R"({"sub":"alice","exp":)") + end + "}"), now);
        INFO(end << said.why);
        REQUIRE(said.identity);
        CHECK(said.identity->ends > now + std::chrono::years(90));
    }
    // 2^64 nanoseconds and a while: what overflows is in the past.
    CHECK(why(with(R"("nbf":20246743073)")) == "it is not valid yet: nbf");
    CHECK(why(with(R"("iat":253402300799)")) == "it is not valid yet: iat");
}
