/* Memory over many calls: after a warm-up the resident size must not grow with them. Arguments: calls, tolerated KiB for
 * each million of them. */
#include "check.h"

#include <unistd.h>

enum { BATCH = 100 };

static long resident_kib(void) {
  FILE *file = fopen("/proc/self/statm", "r");
  long all = 0, resident = 0;
  CHECK(file != NULL && fscanf(file, "%ld %ld", &all, &resident) == 2);
  fclose(file);
  return resident * (sysconf(_SC_PAGESIZE) / 1024);
}

/* An object with a list in a map, so that every kind of container comes and goes. */
static dubbo_value *new_argument(void) {
  static dubbo_class *class;
  dubbo_str fields[] = {dubbo_text("name"), dubbo_text("tags")};
  dubbo_value *user = NULL, *list = NULL, *map = NULL;
  if (class == NULL) OK(dubbo_class_new(dubbo_text("com.acme.User"), fields, 2, &class, &err));
  OK(dubbo_value_new_object(class, &user, &err));
  OK(dubbo_value_new_list(dubbo_text(""), &list, &err));
  OK(dubbo_value_push(list, new_str("tag"), &err));
  OK(dubbo_value_new_map(dubbo_text(""), &map, &err));
  OK(dubbo_value_put(map, new_str("tags"), list, &err));
  OK(dubbo_value_set_field(user, fields[0], new_str("Ann"), &err));
  OK(dubbo_value_set_field(user, fields[1], map, &err));
  return user;
}

/* One blocking call, one that fails, and the rest through the queue. */
static void call_batch(const dubbo_reference *reference, dubbo_queue *queue) {
  dubbo_invocation *invocation = new_invocation("echo");
  dubbo_response *response = NULL;
  const dubbo_value *value = NULL;
  OK(dubbo_invocation_add(invocation, dubbo_text("com.acme.User"), new_argument(), &err));
  OK(dubbo_reference_invoke(reference, invocation, &response, &err));
  OK(dubbo_response_value(response, &value, &err));
  dubbo_response_free(response);
  for (uint64_t i = 0; i < BATCH - 2; i++) OK(dubbo_reference_invoke_queued(reference, invocation, queue, i, NULL, &err));
  dubbo_invocation_free(invocation);
  invocation = new_invocation("echo"); /* without an argument: refused */
  dubbo_error *error = NULL;
  CHECK(dubbo_reference_invoke(reference, invocation, &response, &error) != 0);
  dubbo_error_free(error);
  dubbo_invocation_free(invocation);
  for (size_t count = 0; count < BATCH - 2;) {
    dubbo_event events[32];
    size_t taken = dubbo_queue_poll(queue, events, 32, UINT64_MAX);
    for (size_t i = 0; i < taken; i++) {
      OK(dubbo_response_value(events[i].response, &value, &err));
      dubbo_event_clear(&events[i]);
    }
    count += taken;
  }
}

static void echo_or_refuse(void *user_data, dubbo_call *call) {
  const dubbo_value *argument = NULL;
  if (dubbo_call_arg(call, 0, &argument, NULL) == 0) {
    echo(user_data, call);
  } else {
    dubbo_call_free(call);
  }
}

int main(int argc, char **argv) {
  long calls = argc > 1 ? atol(argv[1]) : 20000, tolerated = argc > 2 ? atol(argv[2]) : 1024;
  dubbo_server *server = new_server(new_service("com.acme.Echo", echo_or_refuse, NULL));
  dubbo_reference *reference = new_reference(server, "com.acme.Echo");
  dubbo_queue *queue = NULL;
  OK(dubbo_queue_new(&queue, &err));
  for (long i = 0; i < calls / 4; i += BATCH) call_batch(reference, queue);
  long before = resident_kib();
  for (long i = 0; i < calls; i += BATCH) {
    call_batch(reference, queue);
    if (i % (calls / 10) == 0) printf("%ld calls, %ld KiB\n", i, resident_kib());
  }
  long grown = resident_kib() - before;
  printf("%ld calls, grown by %ld KiB: %.0f KiB for each million\n", calls, grown, (double)grown * 1e6 / (double)calls);
  /* Below a million calls the slope is noise: some pages that come with threads and buffers are allowed on top. */
  CHECK((double)grown <= (double)tolerated * (double)calls / 1e6 + (calls < 1000000 ? 2048 : 0));
  dubbo_queue_free(queue);
  close_reference(reference);
  await_idle(server);
  close_server(server);
  return 0;
}
