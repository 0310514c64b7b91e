/* A program with an event loop of its own: it serves and calls itself, on one thread, through a queue whose descriptor
 * poll() watches. No thread of the library runs its code. */
#include "common.h"

#include <poll.h>

enum { SERVICE = 1, CALLS = 3 };

static dubbo_server *serve(dubbo_queue *queue) {
  dubbo_options *options = NULL;
  dubbo_service *service = NULL;
  dubbo_server *server = NULL;
  MUST(dubbo_options_new(DUBBO_OPTIONS_SERVICE, &options, &err));
  MUST(dubbo_options_set_str(options, dubbo_text("interface"), dubbo_text("com.acme.Squares"), &err));
  MUST(dubbo_service_new_queued(options, queue, SERVICE, &service, &err));
  dubbo_options_free(options);
  MUST(dubbo_options_new(DUBBO_OPTIONS_SERVER, &options, &err));
  MUST(dubbo_options_set_str(options, dubbo_text("host"), dubbo_text("127.0.0.1"), &err));
  MUST(dubbo_options_set_u64(options, dubbo_text("port"), 0, &err));
  MUST(dubbo_server_start(NULL, options, &service, 1, &server, &err));
  dubbo_options_free(options);
  return server;
}

static dubbo_reference *refer(const dubbo_server *server) {
  dubbo_options *options = NULL;
  dubbo_reference *reference = NULL;
  MUST(dubbo_options_new(DUBBO_OPTIONS_REFERENCE, &options, &err));
  MUST(dubbo_options_set_str(options, dubbo_text("interface"), dubbo_text("com.acme.Squares"), &err));
  MUST(dubbo_options_set_str(options, dubbo_text("url"), dubbo_server_url(server), &err));
  MUST(dubbo_reference_new(NULL, options, &reference, &err));
  dubbo_options_free(options);
  return reference;
}

/* The token says which call it is when the outcome comes. */
static void call(const dubbo_reference *reference, dubbo_queue *queue, int32_t number) {
  dubbo_invocation *invocation = NULL;
  MUST(dubbo_invocation_new(dubbo_text("square"), &invocation, &err));
  MUST(dubbo_invocation_add(invocation, dubbo_text("int"), dubbo_value_new_i32(number), &err));
  MUST(dubbo_reference_invoke_queued(reference, invocation, queue, (uint64_t)number, NULL, &err));
  dubbo_invocation_free(invocation);
}

static void answer(dubbo_call *call) {
  const dubbo_value *argument = NULL;
  int32_t number = 0;
  MUST(dubbo_call_arg(call, 0, &argument, &err));
  MUST(dubbo_value_i32(argument, &number, &err));
  MUST(dubbo_call_reply_value(call, dubbo_value_new_i64((int64_t)number * number), &err));
}

static void show(const dubbo_event *event) {
  const dubbo_value *value = NULL;
  int64_t square = 0;
  must(event->code, event->error);
  MUST(dubbo_response_value(event->response, &value, &err));
  MUST(dubbo_value_i64(value, &square, &err));
  printf("%d squared is %lld\n", (int)event->token, (long long)square);
}

int main(void) {
  dubbo_queue *queue = NULL;
  MUST(dubbo_queue_new(&queue, &err));
  dubbo_server *server = serve(queue);
  dubbo_reference *reference = refer(server);
  for (int32_t number = 1; number <= CALLS; number++) call(reference, queue, number);

  struct pollfd watched = {dubbo_queue_fd(queue), POLLIN, 0};
  for (int left = CALLS; left > 0;) {
    poll(&watched, 1, -1);
    dubbo_event events[16];
    size_t count = dubbo_queue_poll(queue, events, 16, 0);
    for (size_t i = 0; i < count; i++) {
      if (events[i].kind == DUBBO_EVENT_CALLED) {
        answer(events[i].call);
        events[i].call = NULL; /* taken */
      } else if (events[i].kind == DUBBO_EVENT_COMPLETED) {
        show(&events[i]);
        left -= 1;
      }
      dubbo_event_clear(&events[i]);
    }
  }
  MUST(dubbo_reference_close(reference, 1000, &err));
  dubbo_reference_free(reference);
  dubbo_server_free(server);
  dubbo_queue_free(queue);
  return 0;
}
