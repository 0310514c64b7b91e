/* 32 threads that call at once, through one reference. */
#include "check.h"

#include <pthread.h>

enum { THREADS = 32, CALLS = 200 };

static dubbo_reference *reference;

static void *call(void *argument) {
  char text[32];
  snprintf(text, sizeof text, "thread %d", (int)(size_t)argument);
  dubbo_invocation *invocation = text_invocation("echo", text);
  for (int i = 0; i < CALLS; i++) {
    dubbo_response *response = NULL;
    const dubbo_value *value = NULL;
    OK(dubbo_reference_invoke(reference, invocation, &response, &err));
    OK(dubbo_response_value(response, &value, &err));
    CHECK(value_is(value, text));
    dubbo_response_free(response);
  }
  dubbo_invocation_free(invocation);
  return NULL;
}

int main(void) {
  pthread_t threads[THREADS];
  dubbo_server *server = new_server(new_service("com.acme.Echo", echo, NULL));
  reference = new_reference(server, "com.acme.Echo");
  for (size_t i = 0; i < THREADS; i++) CHECK(pthread_create(&threads[i], NULL, call, (void *)i) == 0);
  for (size_t i = 0; i < THREADS; i++) pthread_join(threads[i], NULL);
  await_idle(server);
  close_reference(reference);
  close_server(server);
  return 0;
}
