/* Makes so many calls, so many at a time, and keeps nothing of them. */
#include "peer.h"

enum { PARTS = 50 };

/* Every tenth throws. */
static bool throws(uint64_t index) { return index % 10 == 9; }

static void start(const dubbo_reference *reference, const dubbo_queue *queue, uint64_t index) {
  dubbo_invocation *invocation = NULL;
  char *name = format("n%llu", (unsigned long long)index);
  MUST(dubbo_invocation_new(dubbo_text(throws(index) ? "throwUnchecked" : "hello"), &invocation, &err));
  MUST(dubbo_invocation_add(invocation, dubbo_text("java.lang.String"), text_value(name), &err));
  MUST(dubbo_reference_invoke_queued(reference, invocation, queue, index, NULL, &err));
  dubbo_invocation_free(invocation);
  free(name);
}

/* True if the outcome is the answer or the exception that it should be. */
static bool is_right(const dubbo_event *event) {
  unsigned long long index = event->token;
  char *want = format(throws(index) ? "n%llu" : "Hello, n%llu", index);
  const dubbo_value *value = NULL;
  dubbo_str got = {NULL, 0};
  bool right;
  if (throws(index)) {
    right = same_text(dubbo_error_remote_class(event->error), API "PeerRuntimeException");
    got = dubbo_error_remote_message(event->error);
  } else {
    right = dubbo_response_value(event->response, &value, NULL) == 0 && dubbo_value_str(value, &got, NULL) == 0;
  }
  right = right && same_text(got, want);
  free(want);
  return right;
}

int count_calls(const options *options) {
  uint64_t calls = strtoull(option(options, "calls", "0"), NULL, 10), started = 0, ended = 0, failed = 0;
  uint64_t window = strtoull(option(options, "window", "32"), NULL, 10), part = calls < PARTS ? 1 : calls / PARTS;
  references *references = new_references(options);
  dubbo_error *error = NULL;
  dubbo_reference *reference = find_reference(references, API "Behaviour", NULL, &error);
  must(dubbo_error_code(error), error, "refer");
  dubbo_queue *queue = NULL;
  MUST(dubbo_queue_new(&queue, &err));
  while (ended < calls) {
    while (started < calls && started - ended < window) start(reference, queue, started++);
    dubbo_event events[64];
    size_t taken = dubbo_queue_poll(queue, events, 64, UINT64_MAX);
    for (size_t i = 0; i < taken; i++) {
      if (!is_right(&events[i])) failed += 1;
      dubbo_event_clear(&events[i]);
      if (++ended % part == 0) printf("{\"calls\":%llu}\n", (unsigned long long)ended);
    }
    fflush(stdout);
  }
  printf("{\"done\":true,\"failed\":%llu}\n", (unsigned long long)failed);
  fflush(stdout);
  dubbo_queue_free(queue);
  close_references(references);
  return failed == 0 ? 0 : 1;
}
