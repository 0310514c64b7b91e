/* Calls and answers between a consumer and a provider of one process. */
#include "check.h"

#define INTERFACE "com.acme.Greeter"

/* Shows what a service can learn of a call, and every way to answer. */
static void greet(void *user_data, dubbo_call *call) {
  int *count = user_data;
  __atomic_add_fetch(count, 1, __ATOMIC_RELAXED);
  CHECK(is_text(dubbo_call_interface(call), INTERFACE));
  if (is_text(dubbo_call_method(call), "nothing")) {
    OK(dubbo_call_reply_value(call, dubbo_value_new_null(), &err));
  } else if (is_text(dubbo_call_method(call), "fail")) {
    OK(dubbo_call_reply_throw(call, dubbo_text("java.lang.IllegalStateException"), dubbo_text("no way"), &err));
  } else if (is_text(dubbo_call_method(call), "failSilently")) {
    OK(dubbo_call_reply_throw(call, dubbo_text("java.lang.IllegalStateException"), dubbo_text(NULL), &err));
  } else if (is_text(dubbo_call_method(call), "refuse")) {
    OK(dubbo_call_reply_error(call, dubbo_text("not now"), &err));
  } else if (is_text(dubbo_call_method(call), "lose")) {
    dubbo_call_free(call);
  } else if (is_text(dubbo_call_method(call), "garbage")) {
    dubbo_bytes body = {(const uint8_t *)"\x40", 1};
    FAILS(DUBBO_ERR_SERIALIZATION, dubbo_call_reply_body(call, body, &err));
  } else {
    size_t count_of_arguments = 0;
    OK(dubbo_call_arg_count(call, &count_of_arguments, &err));
    CHECK(count_of_arguments == 1 && is_text(dubbo_call_descriptor(call), "Ljava/lang/String;"));
    CHECK(dubbo_call_args_body(call).len > 0 && has_text(dubbo_call_peer(call), "127.0.0.1:"));
    CHECK(has_text(dubbo_call_local(call), "127.0.0.1:") && !dubbo_call_is_oneway(call));
    const dubbo_value *none = NULL;
    FAILS(DUBBO_ERR_INVALID_ARGUMENT, dubbo_call_arg(call, 1, &none, &err));
    dubbo_str colour = dubbo_attachments_get(dubbo_call_attachments(call), dubbo_text("x-colour"));
    OK(dubbo_call_set_attachment(call, dubbo_text("x-seen"), colour, &err));
    OK(dubbo_call_set_attachment_value(call, dubbo_text("x-number"), dubbo_value_new_i64(7), &err));
    OK(dubbo_call_reply_body(call, dubbo_call_args_body(call), &err));
  }
}

static dubbo_server *server;
static dubbo_reference *reference;
static int served;

static dubbo_response *call_it(dubbo_invocation *invocation) {
  dubbo_response *response = NULL;
  OK(dubbo_reference_invoke(reference, invocation, &response, &err));
  dubbo_invocation_free(invocation);
  return response;
}

static dubbo_error *fail_it(const char *method) {
  dubbo_invocation *invocation = new_invocation(method);
  dubbo_response *response = NULL;
  dubbo_error *error = NULL;
  CHECK(dubbo_reference_invoke(reference, invocation, &response, &error) != 0);
  CHECK(response == NULL && error != NULL);
  dubbo_invocation_free(invocation);
  return error;
}

static void values_and_attachments_go_both_ways(void) {
  dubbo_invocation *invocation = text_invocation("greet", "Ann");
  OK(dubbo_invocation_set_attachment(invocation, dubbo_text("x-colour"), dubbo_text("gr\xc3\xbcn"), &err));
  dubbo_response *response = call_it(invocation);
  const dubbo_value *value = NULL;
  OK(dubbo_response_value(response, &value, &err));
  CHECK(value_is(value, "Ann"));
  CHECK(dubbo_response_body(response).len == 4);
  const dubbo_attachments *attachments = NULL;
  OK(dubbo_response_attachments(response, &attachments, &err));
  CHECK(is_text(dubbo_attachments_get(attachments, dubbo_text("x-seen")), "gr\xc3\xbcn"));
  CHECK(dubbo_attachments_get(attachments, dubbo_text("x-number")).data == NULL);
  dubbo_value *number = NULL;
  int64_t seven;
  OK(dubbo_attachments_value(attachments, dubbo_text("x-number"), &number, &err));
  OK(dubbo_value_i64(number, &seven, &err));
  CHECK(seven == 7);
  dubbo_value_free(number);
  bool seen = false;
  for (size_t i = 0; i < dubbo_attachments_len(attachments); i++)
    seen = seen || is_text(dubbo_attachments_key(attachments, i), "x-seen");
  CHECK(seen);
  dubbo_value *taken = NULL;
  OK(dubbo_response_take(response, &taken, &err));
  dubbo_response_free(response);
  CHECK(value_is(taken, "Ann"));
  dubbo_value_free(taken);
}

static void a_method_without_result_gives_null(void) {
  dubbo_response *response = call_it(new_invocation("nothing"));
  const dubbo_value *value = NULL;
  OK(dubbo_response_value(response, &value, &err));
  CHECK(value != NULL && dubbo_value_type(value) == DUBBO_TYPE_NULL && dubbo_response_body(response).len == 0);
  dubbo_response_free(response);
}

static void arguments_may_come_encoded(void) {
  dubbo_invocation *invocation = new_invocation("greet");
  dubbo_bytes body = {(const uint8_t *)"\x03" "Bob", 4};
  FAILS(DUBBO_ERR_INVALID_ARGUMENT, dubbo_invocation_set_body(invocation, dubbo_text("String"), body, &err));
  OK(dubbo_invocation_set_body(invocation, dubbo_text("Ljava/lang/String;"), body, &err));
  FAILS(DUBBO_ERR_INVALID_ARGUMENT, dubbo_invocation_add(invocation, dubbo_text("int"), dubbo_value_new_i32(1), &err));
  dubbo_response *response = call_it(invocation);
  const dubbo_value *value = NULL;
  OK(dubbo_response_value(response, &value, &err));
  CHECK(value_is(value, "Bob"));
  dubbo_response_free(response);
}

static void generic_calls_need_no_classes(void) {
  dubbo_invocation *invocation = text_invocation("greet", "generic");
  OK(dubbo_invocation_set_generic(invocation, &err));
  dubbo_response *response = call_it(invocation);
  const dubbo_value *value = NULL;
  OK(dubbo_response_value(response, &value, &err));
  CHECK(value_is(value, "generic"));
  dubbo_response_free(response);
}

static void one_way_calls_succeed_at_once(void) {
  int before = __atomic_load_n(&served, __ATOMIC_RELAXED);
  dubbo_invocation *invocation = new_invocation("nothing");
  OK(dubbo_invocation_set_oneway(invocation, true, &err));
  dubbo_response_free(call_it(invocation));
  /* The next call shares the connection, so it is served later. */
  dubbo_response_free(call_it(new_invocation("nothing")));
  while (__atomic_load_n(&served, __ATOMIC_RELAXED) < before + 2) {
  }
}

static void exceptions_are_errors_that_tell_all(void) {
  dubbo_error *error = fail_it("fail");
  CHECK(dubbo_error_code(error) == DUBBO_ERR_REMOTE_EXCEPTION && is_text(dubbo_error_name(error), "RemoteException"));
  CHECK(is_text(dubbo_error_remote_class(error), "java.lang.IllegalStateException"));
  CHECK(is_text(dubbo_error_remote_message(error), "no way"));
  CHECK(is_text(dubbo_error_message(error), "java.lang.IllegalStateException: no way"));
  const dubbo_value *object = dubbo_error_remote_value(error);
  CHECK(value_is(dubbo_value_field(object, dubbo_text("detailMessage")), "no way"));
  CHECK(dubbo_error_cause(error) == NULL && dubbo_error_remote_stack(error).len == 0);
  dubbo_error_free(error);

  error = fail_it("failSilently");
  CHECK(dubbo_error_remote_message(error).data == NULL && dubbo_error_remote_class(error).len > 0);
  dubbo_error_free(error);
}

static void refusals_are_failures_of_the_transport(void) {
  const char *methods[] = {"refuse", "lose", "garbage"};
  const char *texts[] = {"not now", "without an answer", "cannot decode the body"};
  for (size_t i = 0; i < 3; i++) {
    dubbo_error *error = fail_it(methods[i]);
    CHECK(dubbo_error_rpc_code(error) == 1 && dubbo_error_remote_class(error).len == 0);
    CHECK(has_text(dubbo_error_message(error), texts[i]));
    dubbo_error_free(error);
  }
}

static void settings_are_checked_when_they_are_set(void) {
  dubbo_options *options = NULL;
  OK(dubbo_options_new(DUBBO_OPTIONS_REFERENCE, &options, &err));
  dubbo_error *error = NULL;
  CHECK(dubbo_options_set_str(options, dubbo_text("tiemout"), dubbo_text("1"), &error) == DUBBO_ERR_CONFIG);
  CHECK(has_text(dubbo_error_message(error), "timeout"));
  CHECK(dubbo_error_context_len(error) == 1 && is_text(dubbo_error_context_key(error, 0), "key"));
  CHECK(is_text(dubbo_error_context_value(error, 0), "tiemout"));
  dubbo_error_free(error);
  FAILS(DUBBO_ERR_CONFIG, dubbo_options_set_str(options, dubbo_text("timeout"), dubbo_text("soon"), &err));
  OK(dubbo_options_set_parameter(options, dubbo_text("my-own"), dubbo_text("1"), &err));
  OK(dubbo_options_set_str(options, dubbo_text("interface"), dubbo_text("com.acme.Greeter"), &err));
  dubbo_reference *none = NULL;
  FAILS(DUBBO_ERR_CONFIG, dubbo_reference_new(NULL, options, &none, &err));
  dubbo_server *no_server = NULL;
  FAILS(DUBBO_ERR_INVALID_ARGUMENT, dubbo_server_start(NULL, options, NULL, 0, &no_server, &err));
  dubbo_options_free(options);
  FAILS(DUBBO_ERR_INVALID_ARGUMENT, dubbo_options_new(99, &options, &err));
}

static void a_reference_says_whether_it_is_ready(void) {
  CHECK(dubbo_reference_is_available(reference));
  OK(dubbo_reference_wait_ready(reference, 1000, &err));
  dubbo_options *options = NULL;
  OK(dubbo_options_new(DUBBO_OPTIONS_REFERENCE, &options, &err));
  OK(dubbo_options_set_str(options, dubbo_text("interface"), dubbo_text(INTERFACE), &err));
  OK(dubbo_options_set_str(options, dubbo_text("url"), dubbo_text("dubbo://127.0.0.1:1"), &err));
  OK(dubbo_options_set_str(options, dubbo_text("check"), dubbo_text("false"), &err));
  OK(dubbo_options_set_u64(options, dubbo_text("retries"), 0, &err));
  dubbo_reference *nobody = NULL;
  OK(dubbo_reference_new(NULL, options, &nobody, &err));
  CHECK(!dubbo_reference_is_available(nobody));
  FAILS(DUBBO_ERR_NO_INVOKER_AVAILABLE, dubbo_reference_wait_ready(nobody, 50, &err));
  dubbo_options_free(options);
  close_reference(nobody);
}

static void closed_references_say_so(void) {
  dubbo_reference *closed = new_reference(server, INTERFACE);
  OK(dubbo_reference_close(closed, 100, &err));
  OK(dubbo_reference_close(closed, 100, &err));
  dubbo_invocation *invocation = text_invocation("greet", "x");
  dubbo_response *response = NULL;
  FAILS(DUBBO_ERR_CLOSED, dubbo_reference_invoke(closed, invocation, &response, &err));
  dubbo_invocation_free(invocation);
  dubbo_reference_free(closed);
}

static void declared_methods_are_the_only_ones(void) {
  dubbo_service *service = new_service("com.acme.Echo", echo, NULL);
  OK(dubbo_service_add_method(service, dubbo_text("echo"), dubbo_text("java.lang.String"), &err));
  OK(dubbo_service_add_open_method(service, dubbo_text("any"), &err));
  FAILS(DUBBO_ERR_INVALID_ARGUMENT, dubbo_service_add_method(service, dubbo_text("x"), dubbo_text("no type"), &err));
  OK(dubbo_server_export(server, service, &err));
  dubbo_reference *echoes = new_reference(server, "com.acme.Echo");
  const char *methods[] = {"echo", "any", "none"};
  for (size_t i = 0; i < 3; i++) {
    dubbo_invocation *invocation = text_invocation(methods[i], "x");
    dubbo_response *response = NULL;
    uint32_t code = dubbo_reference_invoke(echoes, invocation, &response, NULL);
    CHECK((code == 0) == (i < 2));
    dubbo_response_free(response);
    dubbo_invocation_free(invocation);
  }
  close_reference(echoes);
}

static void a_runtime_of_its_own_carries_calls_until_it_stops(void) {
  dubbo_options *options = NULL;
  dubbo_runtime *runtime = NULL;
  OK(dubbo_options_new(DUBBO_OPTIONS_RUNTIME, &options, &err));
  OK(dubbo_options_set_u64(options, dubbo_text("io.threads"), 2, &err));
  FAILS(DUBBO_ERR_CONFIG, dubbo_options_set_str(options, dubbo_text("io.threads"), dubbo_text("many"), &err));
  OK(dubbo_runtime_new(options, &runtime, &err));
  dubbo_options_free(options);
  options = reference_options(server, INTERFACE);
  dubbo_reference *own = NULL;
  OK(dubbo_reference_new(runtime, options, &own, &err));
  dubbo_options_free(options);
  dubbo_invocation *invocation = text_invocation("greet", "x");
  dubbo_response *response = NULL;
  OK(dubbo_reference_invoke(own, invocation, &response, &err));
  dubbo_response_free(response);
  CHECK(dubbo_runtime_shutdown(runtime, 5000));
  FAILS(DUBBO_ERR_CLOSED, dubbo_reference_invoke(own, invocation, &response, &err));
  dubbo_invocation_free(invocation);
  dubbo_reference_free(own);
  dubbo_runtime_free(runtime);
  OK(dubbo_runtime_shared(&runtime, &err));
  dubbo_runtime_free(runtime);
}

int main(void) {
  server = new_server(new_service(INTERFACE, greet, &served));
  CHECK(dubbo_server_port(server) != 0 && dubbo_server_running(server) == 0);
  reference = new_reference(server, INTERFACE);
  RUN(values_and_attachments_go_both_ways);
  RUN(a_method_without_result_gives_null);
  RUN(arguments_may_come_encoded);
  RUN(generic_calls_need_no_classes);
  RUN(one_way_calls_succeed_at_once);
  RUN(exceptions_are_errors_that_tell_all);
  RUN(refusals_are_failures_of_the_transport);
  RUN(settings_are_checked_when_they_are_set);
  RUN(a_reference_says_whether_it_is_ready);
  RUN(closed_references_say_so);
  RUN(declared_methods_are_the_only_ones);
  RUN(a_runtime_of_its_own_carries_calls_until_it_stops);
  close_reference(reference);
  close_server(server);
  return 0;
}
