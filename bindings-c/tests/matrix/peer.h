/* The C program of the matrix: a provider or a consumer, as tests/matrix/README.md describes them all. */
#ifndef PEER_H
#define PEER_H

#include <cjson/cJSON.h>
#include <polydubbo.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define API "io.polydubbo.peer.api."
#define STRING "Ljava/lang/String;"

/* The command line: names and values in turn. */
typedef struct options {
  int count;
  char **words;
} options;

/* The last value of a name, or the fallback. */
const char *option(const options *options, const char *name, const char *fallback);
/* Sets every --param, the registry if there is one, and checks the answer. */
void set_parameters(const options *options, dubbo_options *target);

/* What goes wrong in the program itself ends it. */
void must(uint32_t code, dubbo_error *error, const char *what);
#define MUST(call)              \
  do {                          \
    dubbo_error *err = NULL;    \
    uint32_t failed = (call);   \
    must(failed, err, #call);   \
  } while (0)
void *allocate(size_t count, size_t size);
void set_option(dubbo_options *options, const char *key, const char *value);

/* Texts. */
bool same_text(dubbo_str text, const char *want);
char *copy_text(dubbo_str text);
char *format(const char *pattern, ...) __attribute__((format(printf, 1, 2)));
uint64_t now_ms(void);
uint64_t now_us(void);
void pause_ms(uint64_t ms);

/* Tagged values of the scenario file. */
dubbo_value *tagged(const cJSON *json);
dubbo_value *text_value(const char *text);
dubbo_value *text_or_null(dubbo_str text);
uint8_t *sequence(size_t length);
bool is_same(const dubbo_value *want, const dubbo_value *got, const char *descriptor);

/* The outcome of a call: one of the two, and how long it took. */
typedef struct outcome {
  dubbo_response *response;
  dubbo_error *error;
  uint64_t ms;
} outcome;

void free_outcome(outcome *outcome);

/* References by interface and settings, made when first asked for. */
typedef struct references references;
references *new_references(const options *options);
/* NULL and the error if it cannot be made. */
dubbo_reference *find_reference(references *references, const char *interface, const cJSON *settings, dubbo_error **error);
void close_references(references *references);

/* Callback objects of a case. */
typedef struct listener {
  const char *id;
  dubbo_callback *callback;
  pthread_mutex_t lock;
  char *heard[64];
  size_t count;
  struct listener *next;
} listener;
listener *find_listener(listener **all, const char *id);
void free_listeners(listener *all);
/* True if exactly these were heard. */
bool has_heard(listener *listener, const cJSON *want);

/* What the steps of a case remember. */
typedef struct memory {
  const char *name;
  dubbo_value *value;
  struct memory *next;
} memory;

/* The call of a step, to be sent. */
dubbo_invocation *invocation_of(const cJSON *step, listener **listeners);
/* Java's name of the next type of a descriptor, which moves on; NULL at the end. */
char *next_type(const char **descriptor);

/* NULL if the outcome is as expected, else what is different. */
char *differs(const cJSON *step, const outcome *outcome, memory **memory);
const char *rpc_name(const dubbo_error *error);

int provide(const options *options);
int consume(const options *options);
int load(const options *options);
int count_calls(const options *options);
int provoke(const options *options);

dubbo_service *echo_service(void);
dubbo_service *behaviour_service(const char *group, const char *version);

#endif
