/* What the tests share: checks that end the program, and a provider and a consumer in one process. */
#ifndef CHECK_H
#define CHECK_H

#include <polydubbo.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define CHECK(condition) check((condition), #condition, __FILE__, __LINE__)
/* The call must succeed; its last argument is &err. */
#define OK(call)                                        \
  do {                                                  \
    dubbo_error *err = NULL;                            \
    uint32_t result = (call);                           \
    check_ok(result, err, #call, __FILE__, __LINE__);   \
  } while (0)
/* The call must fail with this number. */
#define FAILS(want, call)                                        \
  do {                                                           \
    dubbo_error *err = NULL;                                     \
    uint32_t result = (call);                                    \
    check_fails((want), result, err, #call, __FILE__, __LINE__); \
  } while (0)
#define RUN(test)               \
  do {                          \
    printf("%s\n", #test);      \
    fflush(stdout);             \
    test();                     \
  } while (0)

static inline void check(bool holds, const char *what, const char *file, int line) {
  if (holds) return;
  fprintf(stderr, "%s:%d: %s\n", file, line, what);
  abort();
}

static inline void print_str(FILE *out, dubbo_str text) {
  if (text.len > 0) fwrite(text.data, 1, text.len, out);
}

static inline void check_ok(uint32_t code, dubbo_error *error, const char *what, const char *file, int line) {
  if (code != 0) {
    fprintf(stderr, "%s:%d: %s gave %u: ", file, line, what, code);
    print_str(stderr, dubbo_error_message(error));
    fprintf(stderr, "\n");
    abort();
  }
  check(error == NULL, "success leaves no error", file, line);
}

static inline void check_fails(uint32_t want, uint32_t code, dubbo_error *error, const char *what, const char *file,
                               int line) {
  if (code != want) {
    fprintf(stderr, "%s:%d: %s gave %u, want %u: ", file, line, what, code, want);
    print_str(stderr, dubbo_error_message(error));
    fprintf(stderr, "\n");
    abort();
  }
  check(dubbo_error_code(error) == want, "the error has the number that was returned", file, line);
  check(dubbo_error_message(error).len > 0, "the error has a message", file, line);
  dubbo_error_free(error);
}

static inline bool is_text(dubbo_str text, const char *want) {
  return text.len == strlen(want) && (text.len == 0 || memcmp(text.data, want, text.len) == 0);
}

static inline bool has_text(dubbo_str text, const char *part) {
  size_t len = strlen(part);
  for (size_t i = 0; i + len <= text.len; i++)
    if (memcmp(text.data + i, part, len) == 0) return true;
  return false;
}

static inline dubbo_value *new_str(const char *text) {
  dubbo_value *value = NULL;
  OK(dubbo_value_new_str(dubbo_text(text), &value, &err));
  return value;
}

static inline bool value_is(const dubbo_value *value, const char *want) {
  dubbo_str text;
  OK(dubbo_value_str(value, &text, &err));
  return is_text(text, want);
}

/* A service of this process. Ends with free_service or with the server that took it. */
static inline dubbo_service *new_service(const char *interface, void (*invoke)(void *, dubbo_call *), void *user_data) {
  dubbo_options *options = NULL;
  OK(dubbo_options_new(DUBBO_OPTIONS_SERVICE, &options, &err));
  OK(dubbo_options_set_str(options, dubbo_text("interface"), dubbo_text(interface), &err));
  dubbo_service_vtable vtable = {sizeof(dubbo_service_vtable), invoke, NULL};
  dubbo_service *service = NULL;
  OK(dubbo_service_new(options, &vtable, user_data, &service, &err));
  dubbo_options_free(options);
  return service;
}

/* A server without a registry on a free port of the loopback interface. */
static inline dubbo_server *new_server(dubbo_service *service) {
  dubbo_options *options = NULL;
  OK(dubbo_options_new(DUBBO_OPTIONS_SERVER, &options, &err));
  OK(dubbo_options_set_str(options, dubbo_text("host"), dubbo_text("127.0.0.1"), &err));
  OK(dubbo_options_set_u64(options, dubbo_text("port"), 0, &err));
  OK(dubbo_options_set_u64(options, dubbo_text("shutdown.notice"), 0, &err));
  OK(dubbo_options_set_u64(options, dubbo_text("shutdown.wait"), 300, &err));
  dubbo_server *server = NULL;
  OK(dubbo_server_start(NULL, options, &service, 1, &server, &err));
  dubbo_options_free(options);
  return server;
}

static inline dubbo_options *reference_options(const dubbo_server *server, const char *interface) {
  dubbo_options *options = NULL;
  OK(dubbo_options_new(DUBBO_OPTIONS_REFERENCE, &options, &err));
  OK(dubbo_options_set_str(options, dubbo_text("interface"), dubbo_text(interface), &err));
  OK(dubbo_options_set_str(options, dubbo_text("url"), dubbo_server_url(server), &err));
  OK(dubbo_options_set_u64(options, dubbo_text("timeout"), 20000, &err));
  OK(dubbo_options_set_u64(options, dubbo_text("retries"), 0, &err));
  return options;
}

static inline dubbo_reference *new_reference(const dubbo_server *server, const char *interface) {
  dubbo_options *options = reference_options(server, interface);
  dubbo_reference *reference = NULL;
  OK(dubbo_reference_new(NULL, options, &reference, &err));
  dubbo_options_free(options);
  return reference;
}

static inline dubbo_invocation *new_invocation(const char *method) {
  dubbo_invocation *invocation = NULL;
  OK(dubbo_invocation_new(dubbo_text(method), &invocation, &err));
  return invocation;
}

static inline dubbo_invocation *text_invocation(const char *method, const char *argument) {
  dubbo_invocation *invocation = new_invocation(method);
  OK(dubbo_invocation_add(invocation, dubbo_text("java.lang.String"), new_str(argument), &err));
  return invocation;
}

static inline void close_reference(dubbo_reference *reference) {
  OK(dubbo_reference_close(reference, 1000, &err));
  dubbo_reference_free(reference);
}

/* An answer may be here before the server has counted it. */
static inline void await_idle(const dubbo_server *server) {
  for (int i = 0; i < 5000 && dubbo_server_running(server) != 0; i++) nanosleep(&(struct timespec){0, 1000000}, NULL);
  CHECK(dubbo_server_running(server) == 0);
}

static inline void close_server(dubbo_server *server) {
  OK(dubbo_server_close(server, NULL, &err));
  dubbo_server_free(server);
}

/* Answers every call with its first argument. */
static inline void echo(void *user_data, dubbo_call *call) {
  (void)user_data;
  const dubbo_value *argument = NULL;
  OK(dubbo_call_arg(call, 0, &argument, &err));
  dubbo_value *answer = dubbo_value_clone(argument);
  OK(dubbo_call_reply_value(call, answer, &err));
}

#endif
