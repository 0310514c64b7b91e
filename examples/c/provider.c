/* Serves the greeter until its standard input ends: provider 20880, or provider 20880 zookeeper://127.0.0.1:2181 */
#include "common.h"

#include <unistd.h>

/* Runs on a thread of the library, which other calls may wait for: long work belongs on a thread of your own. */
static void greet(void *user_data, dubbo_call *call) {
  const char *greeting = user_data;
  const dubbo_value *argument = NULL;
  dubbo_str name = {NULL, 0};
  if (dubbo_call_arg(call, 0, &argument, NULL) == 0) dubbo_value_str(argument, &name, NULL);
  if (name.len == 0) {
    MUST(dubbo_call_reply_throw(call, dubbo_text("java.lang.IllegalArgumentException"), dubbo_text("no name"), &err));
    return;
  }
  char text[256];
  snprintf(text, sizeof text, "%s %.*s", greeting, (int)(name.len < 200 ? name.len : 200), name.data);
  dubbo_value *answer = NULL;
  MUST(dubbo_value_new_str(dubbo_text(text), &answer, &err));
  MUST(dubbo_call_reply_value(call, answer, &err));
}

int main(int argc, char **argv) {
  dubbo_options *options = NULL;
  dubbo_service *service = NULL;
  dubbo_server *server = NULL;
  dubbo_service_vtable vtable = {sizeof vtable, greet, NULL};
  MUST(dubbo_options_new(DUBBO_OPTIONS_SERVICE, &options, &err));
  MUST(dubbo_options_set_str(options, dubbo_text("interface"), dubbo_text("com.acme.Greeter"), &err));
  MUST(dubbo_service_new(options, &vtable, "Hello", &service, &err));
  MUST(dubbo_service_add_method(service, dubbo_text("sayHello"), dubbo_text("java.lang.String"), &err));
  dubbo_options_free(options);

  MUST(dubbo_options_new(DUBBO_OPTIONS_SERVER, &options, &err));
  MUST(dubbo_options_set_str(options, dubbo_text("port"), dubbo_text(argc > 1 ? argv[1] : "20880"), &err));
  if (argc > 2) MUST(dubbo_options_set_str(options, dubbo_text("registry"), dubbo_text(argv[2]), &err));
  MUST(dubbo_server_start(NULL, options, &service, 1, &server, &err));
  dubbo_options_free(options);
  printf("serving at ");
  print(stdout, dubbo_server_url(server));
  printf("\n");
  fflush(stdout);

  char buffer[64];
  while (read(STDIN_FILENO, buffer, sizeof buffer) > 0) {
  }
  MUST(dubbo_server_close(server, NULL, &err));
  dubbo_server_free(server);
  return 0;
}
