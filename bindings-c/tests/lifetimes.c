/* Objects that go while something is in flight, and services that block, forget or never answer. */
#include "check.h"

#include <pthread.h>

#define INTERFACE "com.acme.Stubborn"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static dubbo_call *kept[64];
static size_t kept_count, completed, destroyed;
static bool may_go_on;
static uint32_t last_code;

static void await(const size_t *count, size_t want) {
  pthread_mutex_lock(&lock);
  while (*count < want) pthread_cond_wait(&changed, &lock);
  pthread_mutex_unlock(&lock);
}

/* Keeps calls of "keep" without an answer, blocks in "block", echoes the rest. */
static void stubborn(void *user_data, dubbo_call *call) {
  if (is_text(dubbo_call_method(call), "keep")) {
    pthread_mutex_lock(&lock);
    kept[kept_count++] = call;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&lock);
    return;
  }
  if (is_text(dubbo_call_method(call), "block")) {
    pthread_mutex_lock(&lock);
    while (!may_go_on) pthread_cond_wait(&changed, &lock);
    pthread_mutex_unlock(&lock);
  }
  echo(user_data, call);
}

static void free_kept(void) {
  pthread_mutex_lock(&lock);
  for (size_t i = 0; i < kept_count; i++) dubbo_call_free(kept[i]);
  kept_count = 0;
  pthread_mutex_unlock(&lock);
}

static void complete(void *user_data, dubbo_response *response, dubbo_error *error) {
  (void)user_data;
  pthread_mutex_lock(&lock);
  completed += 1;
  last_code = dubbo_error_code(error);
  pthread_cond_broadcast(&changed);
  pthread_mutex_unlock(&lock);
  dubbo_response_free(response);
  dubbo_error_free(error);
}

static void send_async(dubbo_reference *reference, const char *method, size_t count) {
  dubbo_invocation *invocation = text_invocation(method, "x");
  for (size_t i = 0; i < count; i++)
    OK(dubbo_reference_invoke_async(reference, invocation, complete, NULL, NULL, NULL, &err));
  dubbo_invocation_free(invocation);
}

static dubbo_server *server;

static void calls_outlive_their_reference(void) {
  dubbo_reference *reference = new_reference(server, INTERFACE);
  completed = 0;
  send_async(reference, "keep", 10);
  dubbo_reference_free(reference);
  await(&kept_count, 10);
  pthread_mutex_lock(&lock);
  for (size_t i = 0; i < kept_count; i++) OK(dubbo_call_reply_value(kept[i], dubbo_value_new_null(), &err));
  kept_count = 0;
  pthread_mutex_unlock(&lock);
  await(&completed, 10);
  CHECK(last_code == 0);
}

static void a_close_ends_calls_that_do_not_end(void) {
  dubbo_reference *reference = new_reference(server, INTERFACE);
  completed = 0;
  send_async(reference, "keep", 10);
  await(&kept_count, 10);
  OK(dubbo_reference_close(reference, 10, &err));
  await(&completed, 10);
  CHECK(last_code != 0);
  dubbo_reference_free(reference);
  free_kept();
}

static void a_freed_call_is_answered_with_an_error(void) {
  dubbo_reference *reference = new_reference(server, INTERFACE);
  completed = 0;
  send_async(reference, "keep", 1);
  await(&kept_count, 1);
  free_kept();
  await(&completed, 1);
  CHECK(last_code == DUBBO_ERR_STATUS_SERVICE_ERROR);
  close_reference(reference);
}

static void blocked_handlers_hold_up_others_only_on_the_pool(void) {
  dubbo_reference *reference = new_reference(server, INTERFACE);
  completed = 0;
  may_go_on = false;
  send_async(reference, "block", 4); /* as many as there are callback threads */
  /* The queue needs none of them: a call that nobody can run times out, in time. */
  dubbo_queue *queue = NULL;
  OK(dubbo_queue_new(&queue, &err));
  dubbo_invocation *invocation = text_invocation("echo", "x");
  OK(dubbo_invocation_set_timeout(invocation, 100, &err));
  OK(dubbo_reference_invoke_queued(reference, invocation, queue, 0, NULL, &err));
  dubbo_event event;
  CHECK(dubbo_queue_poll(queue, &event, 1, UINT64_MAX) == 1 && dubbo_error_rpc_code(event.error) == 2);
  dubbo_event_clear(&event);
  dubbo_invocation_free(invocation);
  dubbo_queue_free(queue);
  pthread_mutex_lock(&lock);
  may_go_on = true;
  pthread_cond_broadcast(&changed);
  pthread_mutex_unlock(&lock);
  await(&completed, 4);
  CHECK(last_code == 0);
  close_reference(reference);
}

static void count_destroyed(void *user_data) {
  (void)user_data;
  pthread_mutex_lock(&lock);
  destroyed += 1;
  pthread_cond_broadcast(&changed);
  pthread_mutex_unlock(&lock);
}

static void a_server_forces_calls_at_its_end_and_destroys_its_services(void) {
  dubbo_options *options = NULL;
  dubbo_service *service = NULL;
  dubbo_service_vtable vtable = {sizeof vtable, stubborn, count_destroyed};
  OK(dubbo_options_new(DUBBO_OPTIONS_SERVICE, &options, &err));
  OK(dubbo_options_set_str(options, dubbo_text("interface"), dubbo_text(INTERFACE), &err));
  OK(dubbo_service_new(options, &vtable, NULL, &service, &err));
  dubbo_options_free(options);
  dubbo_server *own = new_server(service);
  dubbo_reference *reference = new_reference(own, INTERFACE);
  completed = destroyed = 0;
  send_async(reference, "keep", 3);
  await(&kept_count, 3);
  CHECK(dubbo_server_running(own) == 3);
  uint64_t forced = 0;
  OK(dubbo_server_close(own, &forced, &err));
  CHECK(forced == 3);
  await(&completed, 3);
  CHECK(last_code != 0);
  dubbo_server_free(own);
  free_kept(); /* answers into the void */
  dubbo_reference_free(reference);
  await(&destroyed, 1);
  CHECK(destroyed == 1);
}

static void what_cannot_be_made_is_destroyed_once(void) {
  dubbo_service_vtable vtable = {sizeof vtable, stubborn, count_destroyed};
  dubbo_service *service = NULL;
  destroyed = 0;
  FAILS(DUBBO_ERR_INVALID_ARGUMENT, dubbo_service_new(NULL, &vtable, NULL, &service, &err));
  await(&destroyed, 1);
  vtable.size = 1;
  FAILS(DUBBO_ERR_INVALID_ARGUMENT, dubbo_service_new(NULL, &vtable, NULL, &service, &err));
  /* An array with a hole: the others are consumed all the same. */
  dubbo_options *options = NULL;
  vtable.size = sizeof vtable;
  OK(dubbo_options_new(DUBBO_OPTIONS_SERVICE, &options, &err));
  OK(dubbo_options_set_str(options, dubbo_text("interface"), dubbo_text(INTERFACE), &err));
  OK(dubbo_service_new(options, &vtable, NULL, &service, &err));
  dubbo_options_free(options);
  dubbo_service *services[] = {NULL, service};
  dubbo_server *none = NULL;
  FAILS(DUBBO_ERR_INVALID_ARGUMENT, dubbo_server_start(NULL, NULL, services, 2, &none, &err));
  await(&destroyed, 2);
}

int main(void) {
  server = new_server(new_service(INTERFACE, stubborn, NULL));
  RUN(calls_outlive_their_reference);
  RUN(a_close_ends_calls_that_do_not_end);
  RUN(a_freed_call_is_answered_with_an_error);
  RUN(blocked_handlers_hold_up_others_only_on_the_pool);
  RUN(a_server_forces_calls_at_its_end_and_destroys_its_services);
  RUN(what_cannot_be_made_is_destroyed_once);
  close_server(server);
  return 0;
}
