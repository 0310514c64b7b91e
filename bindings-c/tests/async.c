/* Calls that do not block: completions on the callback pool, and the queue with its descriptor. */
#include "check.h"

#include <poll.h>
#include <pthread.h>

#define INTERFACE "com.acme.Slow"

/* Calls that a test answers when it wants to. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static dubbo_call *held[256];
static size_t held_count;

static void hold(void *user_data, dubbo_call *call) {
  (void)user_data;
  pthread_mutex_lock(&lock);
  held[held_count++] = call;
  pthread_cond_broadcast(&changed);
  pthread_mutex_unlock(&lock);
}

/* Waits until so many calls are held, and answers them. */
static void answer(size_t count) {
  pthread_mutex_lock(&lock);
  while (held_count < count) pthread_cond_wait(&changed, &lock);
  for (size_t i = 0; i < held_count; i++) OK(dubbo_call_reply_value(held[i], new_str("done"), &err));
  held_count = 0;
  pthread_mutex_unlock(&lock);
}

/* What a completion saw. */
typedef struct seen {
  int completions, destroyed;
  uint32_t code;
} seen;

static void complete(void *user_data, dubbo_response *response, dubbo_error *error) {
  seen *seen = user_data;
  CHECK((response == NULL) != (error == NULL));
  pthread_mutex_lock(&lock);
  CHECK(seen->destroyed == 0);
  seen->completions += 1;
  seen->code = dubbo_error_code(error);
  pthread_cond_broadcast(&changed);
  pthread_mutex_unlock(&lock);
  dubbo_response_free(response);
  dubbo_error_free(error);
}

static void destroy(void *user_data) {
  seen *seen = user_data;
  pthread_mutex_lock(&lock);
  seen->destroyed += 1;
  pthread_cond_broadcast(&changed);
  pthread_mutex_unlock(&lock);
}

static void await_destroyed(seen *seen) {
  pthread_mutex_lock(&lock);
  while (seen->destroyed == 0) pthread_cond_wait(&changed, &lock);
  CHECK(seen->destroyed == 1);
  pthread_mutex_unlock(&lock);
}

static dubbo_server *server;
static dubbo_reference *reference;

static void a_completion_comes_once_and_then_its_data_is_destroyed(void) {
  seen seen = {0, 0, 99};
  dubbo_invocation *invocation = text_invocation("wait", "x");
  OK(dubbo_reference_invoke_async(reference, invocation, complete, &seen, destroy, NULL, &err));
  dubbo_invocation_free(invocation);
  answer(1);
  await_destroyed(&seen);
  CHECK(seen.completions == 1 && seen.code == 0);
}

static void data_is_destroyed_without_completion_when_nothing_is_sent(void) {
  seen seen = {0, 0, 99};
  FAILS(DUBBO_ERR_INVALID_ARGUMENT, dubbo_reference_invoke_async(reference, NULL, complete, &seen, destroy, NULL, &err));
  await_destroyed(&seen);
  CHECK(seen.completions == 0);
}

static void a_cancelled_call_completes_as_cancelled(void) {
  seen seen = {0, 0, 99};
  uint64_t call_id = 0;
  dubbo_invocation *invocation = text_invocation("wait", "x");
  OK(dubbo_reference_invoke_async(reference, invocation, complete, &seen, destroy, &call_id, &err));
  dubbo_reference_cancel(reference, call_id);
  dubbo_reference_cancel(reference, call_id);
  await_destroyed(&seen);
  CHECK(seen.completions == 1 && seen.code == DUBBO_ERR_CANCELLED);
  answer(1); /* late: dropped */
  dubbo_reference_cancel(reference, call_id);
  dubbo_invocation_free(invocation);
}

static bool is_readable(dubbo_queue *queue, int timeout_ms) {
  struct pollfd watched = {dubbo_queue_fd(queue), POLLIN, 0};
  return poll(&watched, 1, timeout_ms) == 1;
}

static void the_descriptor_is_readable_while_events_wait(void) {
  dubbo_queue *queue = NULL;
  OK(dubbo_queue_new(&queue, &err));
  CHECK(dubbo_queue_fd(queue) >= 0 && !is_readable(queue, 0));
  dubbo_invocation *invocation = text_invocation("wait", "x");
  for (uint64_t token = 0; token < 100; token++)
    OK(dubbo_reference_invoke_queued(reference, invocation, queue, token, NULL, &err));
  dubbo_invocation_free(invocation);
  answer(100);
  bool got[100] = {false};
  for (size_t count = 0; count < 100;) {
    dubbo_event events[7];
    CHECK(is_readable(queue, 20000)); /* also for what an earlier poll left behind */
    size_t taken = dubbo_queue_poll(queue, events, 7, 0);
    for (size_t i = 0; i < taken; i++) {
      CHECK(events[i].kind == DUBBO_EVENT_COMPLETED && events[i].code == 0 && events[i].response != NULL);
      CHECK(events[i].token < 100 && !got[events[i].token]);
      got[events[i].token] = true;
      dubbo_event_clear(&events[i]);
      CHECK(events[i].response == NULL && events[i].kind == 0);
    }
    count += taken;
  }
  dubbo_event none;
  CHECK(dubbo_queue_poll(queue, &none, 1, 0) == 0);
  CHECK(dubbo_queue_poll(queue, &none, 1, 10) == 0);
  dubbo_queue_free(queue);
}

static void failures_come_as_errors(void) {
  dubbo_queue *queue = NULL;
  OK(dubbo_queue_new(&queue, &err));
  dubbo_invocation *invocation = text_invocation("wait", "x");
  OK(dubbo_invocation_set_timeout(invocation, 50, &err));
  OK(dubbo_reference_invoke_queued(reference, invocation, queue, 5, NULL, &err));
  dubbo_event event;
  CHECK(dubbo_queue_poll(queue, &event, 1, UINT64_MAX) == 1);
  CHECK(event.code == dubbo_error_code(event.error) && dubbo_error_rpc_code(event.error) == 2);
  CHECK(event.token == 5 && event.response == NULL);
  dubbo_event_clear(&event);
  dubbo_invocation_free(invocation);
  dubbo_queue_free(queue);
  answer(1);
}

static void everything_can_be_done_through_the_queue(void) {
  dubbo_queue *queue = NULL;
  dubbo_event event;
  dubbo_options *options = NULL;
  dubbo_service *service = NULL;
  OK(dubbo_queue_new(&queue, &err));
  OK(dubbo_options_new(DUBBO_OPTIONS_SERVICE, &options, &err));
  OK(dubbo_options_set_str(options, dubbo_text("interface"), dubbo_text("com.acme.Queued"), &err));
  OK(dubbo_service_new_queued(options, queue, 77, &service, &err));
  dubbo_options_free(options);
  OK(dubbo_options_new(DUBBO_OPTIONS_SERVER, &options, &err));
  OK(dubbo_options_set_str(options, dubbo_text("host"), dubbo_text("127.0.0.1"), &err));
  OK(dubbo_options_set_u64(options, dubbo_text("port"), 0, &err));
  OK(dubbo_options_set_u64(options, dubbo_text("shutdown.notice"), 0, &err));
  OK(dubbo_server_start_queued(NULL, options, &service, 1, queue, 1, &err));
  dubbo_options_free(options);
  CHECK(dubbo_queue_poll(queue, &event, 1, UINT64_MAX) == 1);
  CHECK(event.kind == DUBBO_EVENT_STARTED && event.token == 1 && event.server != NULL);
  dubbo_server *own = event.server;

  options = reference_options(own, "com.acme.Queued");
  OK(dubbo_reference_new_queued(NULL, options, queue, 2, &err));
  dubbo_options_free(options);
  CHECK(dubbo_queue_poll(queue, &event, 1, UINT64_MAX) == 1);
  CHECK(event.kind == DUBBO_EVENT_REFERRED && event.token == 2 && event.reference != NULL);
  dubbo_reference *caller = event.reference;

  dubbo_invocation *invocation = text_invocation("any", "x");
  OK(dubbo_reference_invoke_queued(caller, invocation, queue, 3, NULL, &err));
  dubbo_invocation_free(invocation);
  CHECK(dubbo_queue_poll(queue, &event, 1, UINT64_MAX) == 1);
  CHECK(event.kind == DUBBO_EVENT_CALLED && event.token == 77 && is_text(dubbo_call_method(event.call), "any"));
  OK(dubbo_call_reply_value(event.call, dubbo_value_new_i32(1), &err));
  CHECK(dubbo_queue_poll(queue, &event, 1, UINT64_MAX) == 1);
  CHECK(event.kind == DUBBO_EVENT_COMPLETED && event.token == 3 && event.response != NULL);
  dubbo_event_clear(&event);

  OK(dubbo_server_set_online_queued(own, false, queue, 4, &err));
  CHECK(dubbo_queue_poll(queue, &event, 1, UINT64_MAX) == 1);
  CHECK(event.kind == DUBBO_EVENT_DONE && event.token == 4 && event.code == 0);
  OK(dubbo_reference_close_queued(caller, 1000, queue, 5, &err));
  dubbo_reference_free(caller);
  CHECK(dubbo_queue_poll(queue, &event, 1, UINT64_MAX) == 1);
  CHECK(event.kind == DUBBO_EVENT_DONE && event.token == 5);
  OK(dubbo_server_close_queued(own, queue, 6, &err));
  dubbo_server_free(own);
  CHECK(dubbo_queue_poll(queue, &event, 1, UINT64_MAX) == 1);
  CHECK(event.kind == DUBBO_EVENT_STOPPED && event.token == 6 && event.forced_calls == 0);
  dubbo_queue_free(queue);
}

static void *poll_for_ever(void *queue) {
  dubbo_event event;
  CHECK(dubbo_queue_poll(queue, &event, 1, UINT64_MAX) == 0);
  return NULL;
}

static void a_closed_queue_lets_waiting_threads_go(void) {
  dubbo_queue *queue = NULL;
  pthread_t threads[3];
  OK(dubbo_queue_new(&queue, &err));
  for (size_t i = 0; i < 3; i++) CHECK(pthread_create(&threads[i], NULL, poll_for_ever, queue) == 0);
  dubbo_queue_close(queue);
  for (size_t i = 0; i < 3; i++) pthread_join(threads[i], NULL);
  dubbo_queue_free(queue);
}

/* Messages of the log. */
static int logged;

static void log_message(void *user_data, uint32_t level, dubbo_str target, dubbo_str message) {
  CHECK(level >= DUBBO_LOG_ERROR && level <= DUBBO_LOG_TRACE && target.len > 0 && message.len > 0);
  pthread_mutex_lock(&lock);
  *(int *)user_data += 1;
  pthread_cond_broadcast(&changed);
  pthread_mutex_unlock(&lock);
}

static void the_log_goes_to_a_function(void) {
  OK(dubbo_log_set_callback(DUBBO_LOG_TRACE, log_message, &logged, NULL, &err));
  FAILS(DUBBO_ERR_INVALID_ARGUMENT, dubbo_log_set_callback(99, log_message, &logged, NULL, &err));
  FAILS(DUBBO_ERR_INVALID_ARGUMENT, dubbo_log_set_callback(DUBBO_LOG_INFO, NULL, NULL, NULL, &err));
  /* A call of what is not served is a warning. */
  dubbo_reference *nobody = new_reference(server, "com.acme.Nobody");
  dubbo_invocation *invocation = text_invocation("any", "x");
  dubbo_response *response = NULL;
  FAILS(DUBBO_ERR_STATUS_BAD_REQUEST, dubbo_reference_invoke(nobody, invocation, &response, &err));
  dubbo_invocation_free(invocation);
  close_reference(nobody);
  pthread_mutex_lock(&lock);
  while (logged == 0) pthread_cond_wait(&changed, &lock);
  pthread_mutex_unlock(&lock);
  OK(dubbo_log_set_callback(DUBBO_LOG_OFF, NULL, NULL, NULL, &err));
}

int main(void) {
  OK(dubbo_callback_threads(2, &err));
  FAILS(DUBBO_ERR_INVALID_ARGUMENT, dubbo_callback_threads(0, &err));
  server = new_server(new_service(INTERFACE, hold, NULL));
  reference = new_reference(server, INTERFACE);
  FAILS(DUBBO_ERR_INVALID_ARGUMENT, dubbo_callback_threads(8, &err));
  RUN(a_completion_comes_once_and_then_its_data_is_destroyed);
  RUN(data_is_destroyed_without_completion_when_nothing_is_sent);
  RUN(a_cancelled_call_completes_as_cancelled);
  RUN(the_descriptor_is_readable_while_events_wait);
  RUN(failures_come_as_errors);
  RUN(everything_can_be_done_through_the_queue);
  RUN(a_closed_queue_lets_waiting_threads_go);
  RUN(the_log_goes_to_a_function);
  close_reference(reference);
  close_server(server);
  return 0;
}
