/* The services that every provider of the matrix has. */
#include "peer.h"

/* What calls of one service leave behind. */
typedef struct state {
  pthread_mutex_t lock;
  struct counter {
    char *name;
    int32_t value;
    struct counter *next;
  } *counters;
  struct subscriber {
    char *key;
    dubbo_callback_proxy *proxy;
    struct subscriber *next;
  } *subscribers;
} state;

/* Runs a method: answers the call. */
typedef void method_fn(state *state, dubbo_call *call);

static dubbo_str text_arg(const dubbo_call *call, size_t index) {
  const dubbo_value *value = NULL;
  dubbo_str text = {NULL, 0};
  if (dubbo_call_arg(call, index, &value, NULL) == 0) dubbo_value_str(value, &text, NULL);
  return text;
}

static int64_t number_arg(const dubbo_call *call, size_t index) {
  const dubbo_value *value = NULL;
  int64_t number = 0;
  if (dubbo_call_arg(call, index, &value, NULL) == 0) dubbo_value_i64(value, &number, NULL);
  return number;
}

static void reply(dubbo_call *call, dubbo_value *value) { MUST(dubbo_call_reply_value(call, value, &err)); }

static void reply_throw(dubbo_call *call, const char *class) {
  MUST(dubbo_call_reply_throw(call, dubbo_text(class), text_arg(call, 0), &err));
}

static void hello(state *state, dubbo_call *call) {
  (void)state;
  dubbo_str name = text_arg(call, 0);
  char *text = format("Hello, %.*s", (int)name.len, name.data == NULL ? "" : name.data);
  reply(call, text_value(text));
  free(text);
}

static void nothing(state *state, dubbo_call *call) {
  (void)state;
  reply(call, dubbo_value_new_null());
}

static void overloaded(state *state, dubbo_call *call) {
  (void)state;
  char *descriptor = copy_text(dubbo_call_descriptor(call));
  reply(call, text_value(descriptor));
  free(descriptor);
}

/* An exception with the fields that every Throwable has, and perhaps a code; without a cause it names itself. */
static dubbo_value *exception(const char *class_name, dubbo_value *message, dubbo_value *cause, const int32_t *code) {
  dubbo_str fields[] = {dubbo_text("suppressedExceptions"), dubbo_text("stackTrace"), dubbo_text("cause"),
                        dubbo_text("detailMessage"), dubbo_text("code")};
  dubbo_class *class = NULL;
  dubbo_value *thrown = NULL, *list = NULL;
  MUST(dubbo_class_new(dubbo_text(class_name), fields, code == NULL ? 4 : 5, &class, &err));
  MUST(dubbo_value_new_object(class, &thrown, &err));
  dubbo_class_free(class);
  MUST(dubbo_value_new_list(dubbo_text("java.util.Collections$EmptyList"), &list, &err));
  MUST(dubbo_value_set_field(thrown, fields[0], list, &err));
  MUST(dubbo_value_new_list(dubbo_text("[java.lang.StackTraceElement"), &list, &err));
  MUST(dubbo_value_set_field(thrown, fields[1], list, &err));
  if (cause == NULL) MUST(dubbo_value_new_back(thrown, &cause, &err));
  MUST(dubbo_value_set_field(thrown, fields[2], cause, &err));
  MUST(dubbo_value_set_field(thrown, fields[3], message, &err));
  if (code != NULL) MUST(dubbo_value_set_field(thrown, fields[4], dubbo_value_new_i32(*code), &err));
  return thrown;
}

static void throw_checked(state *state, dubbo_call *call) {
  (void)state;
  int32_t code = (int32_t)number_arg(call, 0);
  dubbo_value *thrown = exception(API "PeerException", text_or_null(text_arg(call, 1)), NULL, &code);
  MUST(dubbo_call_reply_throw_value(call, thrown, &err));
}

static void throw_with_cause(state *state, dubbo_call *call) {
  (void)state;
  int32_t code = 1;
  dubbo_value *cause = exception("java.lang.IllegalArgumentException", text_or_null(text_arg(call, 1)), NULL, NULL);
  dubbo_value *thrown = exception(API "PeerException", text_or_null(text_arg(call, 0)), cause, &code);
  MUST(dubbo_call_reply_throw_value(call, thrown, &err));
}

static void throw_unchecked(state *state, dubbo_call *call) {
  (void)state;
  reply_throw(call, API "PeerRuntimeException");
}

static void throw_standard(state *state, dubbo_call *call) {
  (void)state;
  reply_throw(call, "java.lang.IllegalStateException");
}

static void throw_undeclared(state *state, dubbo_call *call) {
  (void)state;
  reply_throw(call, "java.io.IOException");
}

static void throw_hidden(state *state, dubbo_call *call) {
  (void)state;
  reply_throw(call, "io.polydubbo.peer.provider.HiddenException");
}

/* C has no exceptions: its failures travel as the class that every consumer knows. */
static void throw_foreign(state *state, dubbo_call *call) {
  (void)state;
  reply_throw(call, "java.lang.RuntimeException");
}

static void attachment(state *state, dubbo_call *call) {
  (void)state;
  dubbo_value *value = text_or_null(dubbo_attachments_get(dubbo_call_attachments(call), text_arg(call, 0)));
  reply(call, value);
}

static void answer_with(state *state, dubbo_call *call) {
  (void)state;
  MUST(dubbo_call_set_attachment(call, text_arg(call, 0), text_arg(call, 1), &err));
  dubbo_value *value = text_or_null(text_arg(call, 1));
  reply(call, value);
}

/* The counter of the name in the first argument, under the lock. */
static struct counter *find_counter(state *state, const dubbo_call *call) {
  dubbo_str name = text_arg(call, 0);
  struct counter *counter = state->counters;
  while (counter != NULL && !same_text(name, counter->name)) counter = counter->next;
  if (counter == NULL) {
    counter = allocate(1, sizeof *counter);
    *counter = (struct counter){copy_text(name), 0, state->counters};
    state->counters = counter;
  }
  return counter;
}

static void add(state *state, dubbo_call *call) {
  pthread_mutex_lock(&state->lock);
  find_counter(state, call)->value += (int32_t)number_arg(call, 1);
  pthread_mutex_unlock(&state->lock);
  reply(call, dubbo_value_new_null());
}

static void count(state *state, dubbo_call *call) {
  pthread_mutex_lock(&state->lock);
  int32_t value = find_counter(state, call)->value;
  pthread_mutex_unlock(&state->lock);
  reply(call, dubbo_value_new_i32(value));
}

static void remote_port(state *state, dubbo_call *call) {
  (void)state;
  char *peer = copy_text(dubbo_call_peer(call));
  reply(call, dubbo_value_new_i32(atoi(strrchr(peer, ':') + 1)));
  free(peer);
}

static void size(state *state, dubbo_call *call) {
  (void)state;
  const dubbo_value *value = NULL;
  dubbo_bytes bytes = {NULL, 0};
  MUST(dubbo_call_arg(call, 0, &value, &err));
  MUST(dubbo_value_bytes(value, &bytes, &err));
  reply(call, dubbo_value_new_i32((int32_t)bytes.len));
}

static void bytes(state *state, dubbo_call *call) {
  (void)state;
  size_t length = (size_t)number_arg(call, 0);
  uint8_t *data = sequence(length);
  dubbo_bytes view = {data, length};
  dubbo_value *value = NULL;
  MUST(dubbo_value_new_bytes(view, &value, &err));
  free(data);
  reply(call, value);
}

/* Waits on a thread of its own, as the methods below. */
static void sleep_for(state *state, dubbo_call *call) {
  (void)state;
  int64_t ms = number_arg(call, 0);
  pause_ms((uint64_t)ms);
  reply(call, dubbo_value_new_i64(ms));
}

static void later(state *state, dubbo_call *call) {
  (void)state;
  pause_ms((uint64_t)number_arg(call, 1));
  dubbo_value *value = text_or_null(text_arg(call, 0));
  reply(call, value);
}

/* Calls the listener; its answer, or NULL. */
static char *tell_one(const dubbo_callback_proxy *proxy, const char *event) {
  dubbo_invocation *invocation = NULL;
  dubbo_response *response = NULL;
  const dubbo_value *value = NULL;
  dubbo_str text;
  char *answer = NULL;
  MUST(dubbo_invocation_new(dubbo_text("changed"), &invocation, &err));
  MUST(dubbo_invocation_add(invocation, dubbo_text("java.lang.String"), text_value(event), &err));
  if (dubbo_callback_proxy_invoke(proxy, invocation, &response, NULL) == 0) {
    MUST(dubbo_response_value(response, &value, &err));
    MUST(dubbo_value_str(value, &text, &err));
    answer = copy_text(text);
  }
  dubbo_response_free(response);
  dubbo_invocation_free(invocation);
  return answer;
}

static void fail(dubbo_call *call) {
  MUST(dubbo_call_reply_error(call, dubbo_text("the listener did not answer"), &err));
}

static void tell(state *state, dubbo_call *call) {
  (void)state;
  dubbo_callback_proxy *proxy = NULL;
  dubbo_str key = text_arg(call, 0);
  char *all = format("%s", "");
  MUST(dubbo_call_callback(call, 2, &proxy, &err));
  for (int64_t i = 0; all != NULL && i < number_arg(call, 1); i++) {
    char *event = format("%.*s-%d", (int)key.len, key.data, (int)i), *answer = tell_one(proxy, event);
    char *longer = answer == NULL ? NULL : format("%s%s%s", all, i == 0 ? "" : ",", answer);
    free(event);
    free(answer);
    free(all);
    all = longer;
  }
  dubbo_callback_proxy_free(proxy);
  if (all == NULL) {
    fail(call);
    return;
  }
  reply(call, text_value(all));
  free(all);
}

static void subscribe(state *state, dubbo_call *call) {
  struct subscriber *subscriber = allocate(1, sizeof *subscriber);
  subscriber->key = copy_text(text_arg(call, 0));
  MUST(dubbo_call_callback(call, 1, &subscriber->proxy, &err));
  char *event = format("%s-subscribed", subscriber->key);
  pthread_mutex_lock(&state->lock);
  subscriber->next = state->subscribers;
  state->subscribers = subscriber;
  pthread_mutex_unlock(&state->lock);
  char *answer = tell_one(subscriber->proxy, event);
  if (answer == NULL) {
    fail(call);
  } else {
    reply(call, dubbo_value_new_null());
  }
  free(answer);
  free(event);
}

static void publish(state *state, dubbo_call *call) {
  dubbo_str key = text_arg(call, 0);
  pthread_mutex_lock(&state->lock);
  struct subscriber *subscriber = state->subscribers;
  while (subscriber != NULL && !same_text(key, subscriber->key)) subscriber = subscriber->next;
  pthread_mutex_unlock(&state->lock);
  if (subscriber != NULL) {
    char *event = copy_text(text_arg(call, 1));
    free(tell_one(subscriber->proxy, event));
    free(event);
  }
  reply(call, dubbo_value_new_bool(subscriber != NULL));
}

/* The proxy stays: another call may be using it. */
static void unsubscribe(state *state, dubbo_call *call) {
  dubbo_str key = text_arg(call, 0);
  pthread_mutex_lock(&state->lock);
  for (struct subscriber **at = &state->subscribers; *at != NULL;) {
    if (same_text(key, (*at)->key)) {
      *at = (*at)->next;
    } else {
      at = &(*at)->next;
    }
  }
  pthread_mutex_unlock(&state->lock);
  reply(call, dubbo_value_new_null());
}

static const struct method {
  const char *name, *types;
  method_fn *run;
  bool waits;
} METHODS[] = {
    {"hello", "java.lang.String", hello, false},
    {"nothing", "", nothing, false},
    {"consume", "java.lang.Object", nothing, false},
    {"nothingFound", "", nothing, false},
    {"overloaded", "", overloaded, false},
    {"overloaded", "int", overloaded, false},
    {"overloaded", "long", overloaded, false},
    {"overloaded", "java.lang.Integer", overloaded, false},
    {"overloaded", "java.lang.String", overloaded, false},
    {"overloaded", "java.util.List", overloaded, false},
    {"overloaded", "int,java.lang.String", overloaded, false},
    {"overloaded", "java.lang.String[]", overloaded, false},
    {"overloaded", "java.lang.Object", overloaded, false},
    {"throwChecked", "int,java.lang.String", throw_checked, false},
    {"throwWithCause", "java.lang.String,java.lang.String", throw_with_cause, false},
    {"throwUnchecked", "java.lang.String", throw_unchecked, false},
    {"throwStandard", "java.lang.String", throw_standard, false},
    {"throwUndeclared", "java.lang.String", throw_undeclared, false},
    {"throwHidden", "java.lang.String", throw_hidden, false},
    {"throwForeign", "java.lang.String", throw_foreign, false},
    {"sleep", "long", sleep_for, true},
    {"later", "java.lang.String,long", later, true},
    {"attachment", "java.lang.String", attachment, false},
    {"answerWith", "java.lang.String,java.lang.String", answer_with, false},
    {"add", "java.lang.String,int", add, false},
    {"count", "java.lang.String", count, false},
    {"remotePort", "", remote_port, false},
    {"size", "byte[]", size, false},
    {"bytes", "int", bytes, false},
    {"tell", "java.lang.String,int," API "Listener", tell, true},
    {"subscribe", "java.lang.String," API "Listener", subscribe, true},
    {"publish", "java.lang.String,java.lang.String", publish, true},
    {"unsubscribe", "java.lang.String," API "Listener", unsubscribe, false},
};

/* A call on the way to its own thread. */
typedef struct waiting {
  const struct method *method;
  state *state;
  dubbo_call *call;
} waiting;

static void *wait_and_answer(void *argument) {
  waiting *waiting = argument;
  waiting->method->run(waiting->state, waiting->call);
  free(waiting);
  return NULL;
}

static void invoke(void *user_data, dubbo_call *call) {
  const struct method *method = METHODS;
  while (!same_text(dubbo_call_method(call), method->name)) method++; /* only declared methods arrive */
  if (!method->waits) {
    method->run(user_data, call);
    return;
  }
  waiting *waiting = allocate(1, sizeof *waiting);
  waiting->method = method;
  waiting->state = user_data;
  waiting->call = call;
  pthread_t thread;
  if (pthread_create(&thread, NULL, wait_and_answer, waiting) != 0) abort();
  pthread_detach(thread);
}

static dubbo_service *new_service(const char *interface, void (*invoke)(void *, dubbo_call *), void *user_data,
                                  const char *const (*settings)[2], size_t setting_count) {
  dubbo_options *options = NULL;
  dubbo_service *service = NULL;
  dubbo_service_vtable vtable = {sizeof vtable, invoke, NULL};
  MUST(dubbo_options_new(DUBBO_OPTIONS_SERVICE, &options, &err));
  set_option(options, "interface", interface);
  for (size_t i = 0; i < setting_count; i++)
    if (settings[i][1] != NULL) set_option(options, settings[i][0], settings[i][1]);
  MUST(dubbo_service_new(options, &vtable, user_data, &service, &err));
  dubbo_options_free(options);
  return service;
}

dubbo_service *behaviour_service(const char *group, const char *version) {
  const char *const settings[][2] = {{"group", group},
                                     {"version", version},
                                     {"callbacks", "1000"},
                                     {"tell.2.callback", "true"},
                                     {"subscribe.1.callback", "true"},
                                     {"unsubscribe.1.callback", "false"}};
  state *state = allocate(1, sizeof *state);
  pthread_mutex_init(&state->lock, NULL);
  dubbo_service *service = new_service(API "Behaviour", invoke, state, settings, sizeof settings / sizeof *settings);
  for (size_t i = 0; i < sizeof METHODS / sizeof *METHODS; i++)
    MUST(dubbo_service_add_method(service, dubbo_text(METHODS[i].name), dubbo_text(METHODS[i].types), &err));
  return service;
}

/* Decodes the argument and encodes it again, as a service that looked at it would. */
static void echo(void *user_data, dubbo_call *call) {
  (void)user_data;
  const dubbo_value *argument = NULL;
  if (dubbo_call_arg(call, 0, &argument, NULL) != 0) {
    MUST(dubbo_call_reply_error(call, dubbo_text("unreadable"), &err));
    return;
  }
  dubbo_value *answer = dubbo_value_clone(argument);
  reply(call, answer);
}

/* One function for all methods, whose types are those that consumers declare. */
dubbo_service *echo_service(void) { return new_service(API "AllTypes", echo, NULL, NULL, 0); }
