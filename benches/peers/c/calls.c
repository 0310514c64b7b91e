/* Our C library as a program has it: calls through the queue, or with a function for each outcome. */
#include "meter.h"

#include <polydubbo.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define INTERFACE "io.polydubbo.bench.BenchService"
/* Events that are taken from the queue at once. */
enum { BATCH = 256 };

static dubbo_reference *reference;
static dubbo_queue *queue;
static char *text;
static size_t payload;
static counters counted;

static void must(uint32_t code, dubbo_error *error, const char *what) {
  if (code == 0) return;
  dubbo_str message = dubbo_error_message(error);
  fprintf(stderr, "%s: %.*s\n", what, (int)message.len, message.data);
  exit(1);
}

#define MUST(call)                \
  do {                            \
    dubbo_error *err = NULL;      \
    must((call), err, #call);     \
  } while (0)

static void refer(const char *target) {
  char url[256];
  snprintf(url, sizeof url, "dubbo://%s/" INTERFACE, target);
  dubbo_options *options = NULL;
  MUST(dubbo_options_new(DUBBO_OPTIONS_REFERENCE, &options, &err));
  MUST(dubbo_options_set_str(options, dubbo_text("interface"), dubbo_text(INTERFACE), &err));
  MUST(dubbo_options_set_str(options, dubbo_text("url"), dubbo_text(url), &err));
  MUST(dubbo_options_set_u64(options, dubbo_text("timeout"), 10000, &err));
  MUST(dubbo_reference_new(NULL, options, &reference, &err));
  dubbo_options_free(options);
}

static dubbo_invocation *echo(void) {
  dubbo_invocation *invocation = NULL;
  dubbo_value *value = NULL;
  MUST(dubbo_invocation_new(dubbo_text("echo"), &invocation, &err));
  MUST(dubbo_value_new_str((dubbo_str){text, payload}, &value, &err));
  MUST(dubbo_invocation_add(invocation, dubbo_text("java.lang.String"), value, &err));
  return invocation;
}

/* Counts an outcome; tells whether another call follows. */
static bool count(const dubbo_response *response) {
  const dubbo_value *value = NULL;
  dubbo_str answer = {NULL, 0};
  bool is_good = dubbo_response_value(response, &value, NULL) == 0 && dubbo_value_str(value, &answer, NULL) == 0 &&
                 answer.len == payload;
  atomic_fetch_add_explicit(is_good ? &counted.good : &counted.bad, 1, memory_order_relaxed);
  if (!atomic_load_explicit(&counted.stop, memory_order_relaxed)) return true;
  atomic_fetch_sub(&counted.in_flight, 1);
  return false;
}

static void send_queued(uint64_t token) {
  dubbo_invocation *invocation = echo();
  MUST(dubbo_reference_invoke_queued(reference, invocation, queue, token, NULL, &err));
  dubbo_invocation_free(invocation);
}

static void *drain(void *unused) {
  (void)unused;
  size_t callers = atomic_load(&counted.in_flight);
  for (uint64_t token = 0; token < callers; token++) send_queued(token);
  dubbo_event events[BATCH];
  for (size_t taken; (taken = dubbo_queue_poll(queue, events, BATCH, UINT64_MAX)) > 0;) {
    for (size_t i = 0; i < taken; i++) {
      if (count(events[i].response)) send_queued(events[i].token);
      dubbo_event_clear(&events[i]);
    }
  }
  return NULL;
}

static void complete(void *user_data, dubbo_response *response, dubbo_error *error);

static void send_with_function(void) {
  dubbo_invocation *invocation = echo();
  MUST(dubbo_reference_invoke_async(reference, invocation, complete, NULL, NULL, NULL, &err));
  dubbo_invocation_free(invocation);
}

static void complete(void *user_data, dubbo_response *response, dubbo_error *error) {
  (void)user_data;
  if (count(response)) send_with_function();
  dubbo_response_free(response);
  dubbo_error_free(error);
}

int main(int argc, char **argv) {
  options options = read_options(argc, argv);
  if (options.core >= 0) pin_to(options.core);
  payload = options.payload;
  text = malloc(payload + 1);
  for (size_t i = 0; i < payload; i++) text[i] = (char)('a' + i % 26);
  refer(options.target);
  atomic_init(&counted.in_flight, options.in_flight);
  if (strcmp(options.form, "queue") == 0) {
    pthread_t thread;
    MUST(dubbo_queue_new(&queue, &err));
    if (pthread_create(&thread, NULL, drain, NULL) != 0) return 1;
    measure(&options, &counted);
    dubbo_queue_close(queue);
    pthread_join(thread, NULL);
    dubbo_queue_free(queue);
  } else {
    for (size_t i = 0; i < options.in_flight; i++) send_with_function();
    measure(&options, &counted);
  }
  MUST(dubbo_reference_close(reference, 1000, &err));
  dubbo_reference_free(reference);
  free(text);
  return 0;
}
