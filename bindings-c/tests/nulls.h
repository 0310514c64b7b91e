/* What the generated program nulls.c calls: good objects of every type that can be made without a peer. */
#include "check.h"

static inline void refused(uint32_t code, const char *what) {
  if (code != DUBBO_ERR_INVALID_ARGUMENT && code != DUBBO_ERR_CONFIG) {
    fprintf(stderr, "%s gave %u\n", what, code);
    abort();
  }
}

static inline dubbo_str good_dubbo_str(void) { return dubbo_text("a"); }
static inline dubbo_bytes good_dubbo_bytes(void) { return (dubbo_bytes){(const uint8_t *)"N", 1}; }
/* NULL with a length. */
static inline dubbo_str lying_dubbo_str(void) { return (dubbo_str){NULL, 5}; }
static inline dubbo_bytes lying_dubbo_bytes(void) { return (dubbo_bytes){NULL, 5}; }

static inline void good_dubbo_completion_fn(void *user_data, dubbo_response *response, dubbo_error *error) {
  (void)user_data;
  dubbo_response_free(response);
  dubbo_error_free(error);
}
static inline void good_dubbo_destroy_fn(void *user_data) { (void)user_data; }
static inline void good_dubbo_log_fn(void *user_data, uint32_t level, dubbo_str target, dubbo_str message) {
  (void)user_data, (void)level, (void)target, (void)message;
}

static inline dubbo_value *new_dubbo_value(void) { return dubbo_value_new_i32(1); }
static inline dubbo_options *new_dubbo_options(void) {
  dubbo_options *made = NULL;
  OK(dubbo_options_new(DUBBO_OPTIONS_REFERENCE, &made, &err));
  return made;
}
static inline dubbo_invocation *new_dubbo_invocation(void) { return new_invocation("a"); }
static inline dubbo_service *new_dubbo_service(void) { return new_service("a.B", echo, NULL); }
static inline dubbo_runtime *new_dubbo_runtime(void) {
  dubbo_runtime *made = NULL;
  OK(dubbo_runtime_shared(&made, &err));
  return made;
}
static inline dubbo_queue *new_dubbo_queue(void) {
  dubbo_queue *made = NULL;
  OK(dubbo_queue_new(&made, &err));
  return made;
}
static inline dubbo_class *new_dubbo_class(void) {
  dubbo_class *made = NULL;
  OK(dubbo_class_new(dubbo_text("a.B"), NULL, 0, &made, &err));
  return made;
}
static inline dubbo_callback *new_dubbo_callback(void) {
  dubbo_callback *made = NULL;
  OK(dubbo_callback_new(new_dubbo_service(), &made, &err));
  return made;
}
static inline dubbo_server *new_dubbo_server(void) { return new_server(new_dubbo_service()); }
static inline dubbo_registry_server *new_dubbo_registry_server(void) {
  dubbo_registry_server *made = NULL;
  OK(dubbo_registry_server_start(NULL, dubbo_text(""), 0, &made, &err));
  return made;
}
static inline dubbo_buf *new_dubbo_buf(void) { return dubbo_value_print(NULL); }
static inline dubbo_error *new_dubbo_error(void) {
  dubbo_error *made = NULL;
  dubbo_options_new(0, NULL, &made);
  return made;
}
/* These come from peers only: NULL, as the one that is tested. */
static inline dubbo_call *new_dubbo_call(void) { return NULL; }
static inline dubbo_response *new_dubbo_response(void) { return NULL; }
static inline dubbo_callback_proxy *new_dubbo_callback_proxy(void) { return NULL; }

/* Made once and kept. */
#define SHARED(type)                        \
  static inline type *shared_##type(void) { \
    static type *made;                      \
    if (made == NULL) made = new_##type();  \
    return made;                            \
  }
SHARED(dubbo_value)
SHARED(dubbo_options)
SHARED(dubbo_invocation)
SHARED(dubbo_service)
SHARED(dubbo_runtime)
SHARED(dubbo_queue)
SHARED(dubbo_class)
SHARED(dubbo_callback)
SHARED(dubbo_server)
SHARED(dubbo_registry_server)
SHARED(dubbo_buf)
SHARED(dubbo_error)
SHARED(dubbo_call)
SHARED(dubbo_response)
SHARED(dubbo_callback_proxy)
static inline dubbo_reference *new_dubbo_reference(void) { return new_reference(shared_dubbo_server(), "a.B"); }
SHARED(dubbo_reference)
static inline dubbo_attachments *shared_dubbo_attachments(void) { return NULL; }
static inline dubbo_event *shared_dubbo_event(void) {
  static dubbo_event event;
  return &event;
}
static inline dubbo_service_vtable *shared_dubbo_service_vtable(void) {
  static dubbo_service_vtable vtable = {sizeof vtable, echo, NULL};
  return &vtable;
}
