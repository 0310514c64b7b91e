/* Calls the greeter: consumer dubbo://127.0.0.1:20880, or consumer zookeeper://127.0.0.1:2181 */
#include "common.h"

#include <string.h>

static dubbo_reference *refer(const char *where) {
  const char *key = strncmp(where, "dubbo://", 8) == 0 ? "url" : "registry";
  dubbo_options *options = NULL;
  dubbo_reference *greeter = NULL;
  MUST(dubbo_options_new(DUBBO_OPTIONS_REFERENCE, &options, &err));
  MUST(dubbo_options_set_str(options, dubbo_text("interface"), dubbo_text("com.acme.Greeter"), &err));
  MUST(dubbo_options_set_str(options, dubbo_text(key), dubbo_text(where), &err));
  MUST(dubbo_options_set_u64(options, dubbo_text("timeout"), 3000, &err));
  MUST(dubbo_reference_new(NULL, options, &greeter, &err));
  dubbo_options_free(options);
  return greeter;
}

static void say_hello(const dubbo_reference *greeter, const char *name) {
  dubbo_invocation *call = NULL;
  dubbo_value *argument = NULL;
  MUST(dubbo_invocation_new(dubbo_text("sayHello"), &call, &err));
  MUST(dubbo_value_new_str(dubbo_text(name), &argument, &err));
  MUST(dubbo_invocation_add(call, dubbo_text("java.lang.String"), argument, &err));

  dubbo_response *response = NULL;
  dubbo_error *error = NULL;
  if (dubbo_reference_invoke(greeter, call, &response, &error) == 0) {
    const dubbo_value *value = NULL;
    dubbo_str text;
    MUST(dubbo_response_value(response, &value, &err));
    MUST(dubbo_value_str(value, &text, &err));
    print(stdout, text);
  } else if (dubbo_error_code(error) == DUBBO_ERR_REMOTE_EXCEPTION) {
    printf("refused with ");
    print(stdout, dubbo_error_remote_class(error));
    printf(": ");
    print(stdout, dubbo_error_remote_message(error));
  } else {
    printf("failed: ");
    print(stdout, dubbo_error_message(error));
  }
  printf("\n");
  dubbo_error_free(error);
  dubbo_response_free(response);
  dubbo_invocation_free(call);
}

int main(int argc, char **argv) {
  MUST(dubbo_check_abi(DUBBO_ABI_VERSION, &err));
  dubbo_reference *greeter = refer(argc > 1 ? argv[1] : "dubbo://127.0.0.1:20880");
  say_hello(greeter, "world");
  say_hello(greeter, "");
  MUST(dubbo_reference_close(greeter, 1000, &err));
  dubbo_reference_free(greeter);
  return 0;
}
