/* The C client of Eclipse Paho, as test_paho_c.py drives it: paho_c URI VERSION TOPIC SCENARIO. Its exit code is 0 if
 * everything came as it should; otherwise the last line on standard error says what did not. */
#include <MQTTClient.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { patience_ms = 20000 };

#define REQUIRE(condition)                                                              \
    do {                                                                                \
        if (!(condition)) {                                                             \
            fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition);     \
            exit(1);                                                                    \
        }                                                                               \
    } while (0)

static const char *uri;
static int version;
static const char *topic;

struct terms {
    const char *client_id;
    int clean;
    const char *will;           /* payload; NULL: none */
    unsigned expiry_s;          /* of the session, MQTT 5 */
};

static int is_v5(void) {
    return version == MQTTVERSION_5;
}

static void connect_client(MQTTClient *client, const struct terms *how) {
    MQTTClient_createOptions create = MQTTClient_createOptions_initializer;
    create.MQTTVersion = version;
    REQUIRE(MQTTClient_createWithOptions(client, uri, how->client_id, MQTTCLIENT_PERSISTENCE_NONE, NULL, &create) == 0);

    MQTTClient_connectOptions with3 = MQTTClient_connectOptions_initializer;
    MQTTClient_connectOptions with5 = MQTTClient_connectOptions_initializer5;
    MQTTClient_connectOptions with = is_v5() ? with5 : with3;
    MQTTClient_willOptions will = MQTTClient_willOptions_initializer;
    with.MQTTVersion = version;
    with.keepAliveInterval = 20;
    if (is_v5()) {
        with.cleanstart = how->clean;
    } else {
        with.cleansession = how->clean;
    }
    if (how->will != NULL) {
        will.topicName = topic;
        will.message = how->will;
        will.qos = 1;
        with.will = &will;
    }
    if (!is_v5()) {
        REQUIRE(MQTTClient_connect(*client, &with) == MQTTCLIENT_SUCCESS);
        return;
    }
    MQTTProperties wishes = MQTTProperties_initializer;
    MQTTProperty expiry = {.identifier = MQTTPROPERTY_CODE_SESSION_EXPIRY_INTERVAL};
    expiry.value.integer4 = how->expiry_s;
    REQUIRE(MQTTProperties_add(&wishes, &expiry) == 0);
    MQTTResponse answer = MQTTClient_connect5(*client, &with, &wishes, NULL);
    REQUIRE(answer.reasonCode == MQTTREASONCODE_SUCCESS);
    MQTTResponse_free(answer);
    MQTTProperties_free(&wishes);
}

static void leave(MQTTClient *client) {
    if (is_v5()) {
        REQUIRE(MQTTClient_disconnect5(*client, 1000, MQTTREASONCODE_SUCCESS, NULL) == 0);
    } else {
        REQUIRE(MQTTClient_disconnect(*client, 1000) == 0);
    }
    MQTTClient_destroy(client);
}

static void subscribe(MQTTClient client, int qos) {
    if (!is_v5()) {
        REQUIRE(MQTTClient_subscribe(client, topic, qos) == MQTTCLIENT_SUCCESS);
        return;
    }
    MQTTResponse answer = MQTTClient_subscribe5(client, topic, qos, NULL, NULL);
    REQUIRE((int)answer.reasonCode == qos);
    MQTTResponse_free(answer);
}

static void publish(MQTTClient client, const char *payload, int qos, int retained) {
    MQTTClient_message what = MQTTClient_message_initializer;
    what.payload = (void *)payload;
    what.payloadlen = (int)strlen(payload);
    what.qos = qos;
    what.retained = retained;
    MQTTClient_deliveryToken token = 0;
    if (!is_v5()) {
        REQUIRE(MQTTClient_publishMessage(client, topic, &what, &token) == MQTTCLIENT_SUCCESS);
    } else {
        MQTTProperty unit = {.identifier = MQTTPROPERTY_CODE_USER_PROPERTY};
        unit.value.data.data = "unit";
        unit.value.data.len = 4;
        unit.value.value.data = "kelvin";
        unit.value.value.len = 6;
        REQUIRE(MQTTProperties_add(&what.properties, &unit) == 0);
        MQTTResponse answer = MQTTClient_publishMessage5(client, topic, &what, &token);
        REQUIRE(answer.reasonCode == MQTTREASONCODE_SUCCESS);
        MQTTResponse_free(answer);
        MQTTProperties_free(&what.properties);
    }
    REQUIRE(MQTTClient_waitForCompletion(client, token, patience_ms) == MQTTCLIENT_SUCCESS);
}

static void expect(MQTTClient client, const char *payload, int qos, int retained) {
    char *from = NULL;
    int from_length = 0;
    MQTTClient_message *got = NULL;
    /* It gives up as soon as another client of the program loses its connection. */
    for (int tries = 0; got == NULL && tries < 100; ++tries) {
        MQTTClient_receive(client, &from, &from_length, &got, patience_ms / 100);
    }
    REQUIRE(got != NULL);
    REQUIRE(strcmp(from, topic) == 0);
    REQUIRE(got->payloadlen == (int)strlen(payload) && memcmp(got->payload, payload, strlen(payload)) == 0);
    REQUIRE(got->qos == qos);
    REQUIRE(got->retained == retained);
    if (is_v5() && strcmp(payload, "farewell") != 0) {
        const MQTTProperty *unit = MQTTProperties_getProperty(&got->properties, MQTTPROPERTY_CODE_USER_PROPERTY);
        REQUIRE(unit != NULL && unit->value.value.len == 6 && memcmp(unit->value.value.data, "kelvin", 6) == 0);
    }
    MQTTClient_freeMessage(&got);
    MQTTClient_free(from);
}

/* Each QoS as it was published, and as it was subscribed to if that is less. */
static void every_qos(void) {
    for (int wanted = 0; wanted <= 2; ++wanted) {
        MQTTClient client;
        connect_client(&client, &(struct terms){"paho-c-qos", 1, NULL, 0});
        subscribe(client, wanted);
        for (int given = 0; given <= 2; ++given) {
            publish(client, "21.5", given, 0);
            expect(client, "21.5", given < wanted ? given : wanted, 0);
        }
        leave(&client);
    }
}

static void retained(void) {
    MQTTClient client;
    connect_client(&client, &(struct terms){"paho-c-retained", 1, NULL, 0});
    publish(client, "kept", 1, 1);
    subscribe(client, 1);
    expect(client, "kept", 1, 1);
    publish(client, "", 1, 1); /* and no more */
    expect(client, "", 1, 0);
    leave(&client);
}

/* Destroyed without a DISCONNECT. */
static void will(void) {
    MQTTClient watcher, mortal;
    connect_client(&watcher, &(struct terms){"paho-c-watcher", 1, NULL, 0});
    subscribe(watcher, 1);
    connect_client(&mortal, &(struct terms){"paho-c-mortal", 1, "farewell", 0});
    /* Another with its name: the broker ends the first one's connection, which has said nothing. */
    MQTTClient heir;
    connect_client(&heir, &(struct terms){"paho-c-mortal", 1, NULL, 0});
    expect(watcher, "farewell", 1, 0);
    leave(&heir);
    MQTTClient_destroy(&mortal);
    leave(&watcher);
}

static void session_kept(void) {
    MQTTClient reader, writer;
    const struct terms lasting = {"paho-c-lasting", 0, NULL, 3600};
    connect_client(&reader, &lasting);
    subscribe(reader, 2);
    leave(&reader);
    connect_client(&writer, &(struct terms){"paho-c-writer", 1, NULL, 0});
    for (int qos = 1; qos <= 2; ++qos) {
        publish(writer, "meanwhile", qos, 0);
    }
    leave(&writer);
    connect_client(&reader, &lasting);
    expect(reader, "meanwhile", 1, 0);
    expect(reader, "meanwhile", 2, 0);
    leave(&reader);
}

static const struct {
    const char *name;
    void (*run)(void);
} scenarios[] = {{"every_qos", every_qos}, {"retained", retained}, {"will", will}, {"session_kept", session_kept}};

int main(int count, char **words) {
    REQUIRE(count == 5);
    uri = words[1];
    version = strcmp(words[2], "5.0") == 0     ? MQTTVERSION_5
              : strcmp(words[2], "3.1.1") == 0 ? MQTTVERSION_3_1_1
                                               : MQTTVERSION_3_1;
    topic = words[3];
    for (size_t at = 0; at < sizeof scenarios / sizeof *scenarios; ++at) {
        if (strcmp(scenarios[at].name, words[4]) == 0) {
            scenarios[at].run();
            return 0;
        }
    }
    fprintf(stderr, "there is no scenario %s\n", words[4]);
    return 2;
}
