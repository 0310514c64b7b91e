/* The end of a program with calls in flight, on both sides: it just returns. */
#include "check.h"

/* Calls that are never answered; LeakSanitizer finds them here. */
dubbo_call *kept[16];

static void keep(void *user_data, dubbo_call *call) {
  (void)user_data;
  static size_t count;
  kept[__atomic_fetch_add(&count, 1, __ATOMIC_RELAXED) % 16] = call;
}

static void ignore(void *user_data, dubbo_response *response, dubbo_error *error) {
  (void)user_data;
  dubbo_response_free(response);
  dubbo_error_free(error);
}

int main(void) {
  dubbo_server *server = new_server(new_service("com.acme.Keep", keep, NULL));
  dubbo_reference *reference = new_reference(server, "com.acme.Keep");
  dubbo_queue *queue = NULL;
  OK(dubbo_queue_new(&queue, &err));
  dubbo_invocation *invocation = text_invocation("any", "x");
  for (uint64_t i = 0; i < 5; i++) {
    OK(dubbo_reference_invoke_async(reference, invocation, ignore, NULL, NULL, NULL, &err));
    OK(dubbo_reference_invoke_queued(reference, invocation, queue, i, NULL, &err));
  }
  dubbo_invocation_free(invocation);
  dubbo_queue_free(queue);
  dubbo_reference_free(reference);
  dubbo_server_free(server);
  return 0; /* a callback may run right now */
}
