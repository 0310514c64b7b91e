/* Objects that are called back over the same connection. */
#include "check.h"

#include <pthread.h>

#define LISTENER "com.acme.Listener"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static dubbo_callback_proxy *subscriber;
static int heard, told;

static void tell(void *user_data, dubbo_response *response, dubbo_error *error) {
  (void)user_data;
  const dubbo_value *value = NULL;
  CHECK(error == NULL);
  OK(dubbo_response_value(response, &value, &err));
  CHECK(value_is(value, "heard news"));
  dubbo_response_free(response);
  pthread_mutex_lock(&lock);
  told += 1;
  pthread_cond_broadcast(&changed);
  pthread_mutex_unlock(&lock);
}

/* Keeps the object of the caller and tells it the news. */
static void publish(void *user_data, dubbo_call *call) {
  (void)user_data;
  dubbo_callback_proxy *proxy = NULL;
  FAILS(DUBBO_ERR_INVALID_ARGUMENT, dubbo_call_callback(call, 0, &proxy, &err));
  OK(dubbo_call_callback(call, 1, &proxy, &err));
  CHECK(dubbo_callback_proxy_is_open(proxy) && !dubbo_callback_proxy_is_leaving(proxy));
  CHECK(dubbo_callback_proxy_is_same(proxy, proxy) && !dubbo_callback_proxy_is_same(proxy, NULL));
  dubbo_invocation *invocation = text_invocation("changed", "news");
  OK(dubbo_callback_proxy_invoke_async(proxy, invocation, tell, NULL, NULL, &err));
  dubbo_invocation_free(invocation);
  subscriber = proxy;
  OK(dubbo_call_reply_value(call, dubbo_value_new_null(), &err));
}

static void hear(void *user_data, dubbo_call *call) {
  (void)user_data;
  const dubbo_value *value = NULL;
  OK(dubbo_call_arg(call, 0, &value, &err));
  CHECK(value_is(value, "news"));
  pthread_mutex_lock(&lock);
  heard += 1;
  pthread_mutex_unlock(&lock);
  OK(dubbo_call_reply_value(call, new_str("heard news"), &err));
}

int main(void) {
  dubbo_options *options = NULL;
  dubbo_service *service = NULL;
  dubbo_service_vtable vtable = {sizeof vtable, publish, NULL};
  OK(dubbo_options_new(DUBBO_OPTIONS_SERVICE, &options, &err));
  OK(dubbo_options_set_str(options, dubbo_text("interface"), dubbo_text("com.acme.News"), &err));
  OK(dubbo_options_set_str(options, dubbo_text("subscribe.1.callback"), dubbo_text("true"), &err));
  OK(dubbo_service_new(options, &vtable, NULL, &service, &err));
  dubbo_options_free(options);
  dubbo_server *server = new_server(service);
  options = reference_options(server, "com.acme.News");
  OK(dubbo_options_set_str(options, dubbo_text("subscribe.1.callback"), dubbo_text("true"), &err));
  dubbo_reference *reference = NULL;
  OK(dubbo_reference_new(NULL, options, &reference, &err));
  dubbo_options_free(options);

  dubbo_callback *callback = NULL;
  OK(dubbo_callback_new(new_service(LISTENER, hear, NULL), &callback, &err));
  dubbo_invocation *invocation = text_invocation("subscribe", "x");
  OK(dubbo_invocation_add_callback(invocation, callback, &err));
  dubbo_callback_free(callback);
  dubbo_response *response = NULL;
  OK(dubbo_reference_invoke(reference, invocation, &response, &err));
  dubbo_response_free(response);
  dubbo_invocation_free(invocation);

  pthread_mutex_lock(&lock);
  while (told < 1) pthread_cond_wait(&changed, &lock);
  pthread_mutex_unlock(&lock);
  /* Blocking and through a queue, from a thread of the program. */
  invocation = text_invocation("changed", "news");
  OK(dubbo_callback_proxy_invoke(subscriber, invocation, &response, &err));
  dubbo_response_free(response);
  dubbo_queue *queue = NULL;
  dubbo_event event;
  OK(dubbo_queue_new(&queue, &err));
  OK(dubbo_callback_proxy_invoke_queued(subscriber, invocation, queue, 9, &err));
  CHECK(dubbo_queue_poll(queue, &event, 1, UINT64_MAX) == 1 && event.token == 9 && event.response != NULL);
  dubbo_event_clear(&event);
  CHECK(heard == 3);

  close_reference(reference);
  while (dubbo_callback_proxy_is_open(subscriber)) {
  }
  FAILS(DUBBO_ERR_NETWORK, dubbo_callback_proxy_invoke(subscriber, invocation, &response, &err));
  dubbo_invocation_free(invocation);
  dubbo_callback_proxy_free(subscriber);
  dubbo_queue_free(queue);
  close_server(server);
  return 0;
}
