/* The embedded registry: a server and a reference of this process find each other through it. */
#include "check.h"

static const char *INTERFACE = "com.acme.Greeter";

static dubbo_registry_server *registry;

static dubbo_options *registered(uint32_t kind) {
  dubbo_options *options = NULL;
  OK(dubbo_options_new(kind, &options, &err));
  OK(dubbo_options_set_str(options, dubbo_text("registry"), dubbo_registry_server_url(registry), &err));
  return options;
}

static void those_who_name_the_registry_find_each_other(void) {
  dubbo_options *options = registered(DUBBO_OPTIONS_SERVER);
  OK(dubbo_options_set_str(options, dubbo_text("host"), dubbo_text("127.0.0.1"), &err));
  OK(dubbo_options_set_u64(options, dubbo_text("port"), 0, &err));
  dubbo_service *service = new_service(INTERFACE, echo, NULL);
  dubbo_server *server = NULL;
  OK(dubbo_server_start(NULL, options, &service, 1, &server, &err));
  dubbo_options_free(options);

  options = registered(DUBBO_OPTIONS_REFERENCE);
  OK(dubbo_options_set_str(options, dubbo_text("interface"), dubbo_text(INTERFACE), &err));
  dubbo_reference *reference = NULL;
  OK(dubbo_reference_new(NULL, options, &reference, &err));
  dubbo_options_free(options);

  dubbo_invocation *invocation = text_invocation("echo", "x");
  dubbo_response *response = NULL;
  OK(dubbo_reference_invoke(reference, invocation, &response, &err));
  dubbo_response_free(response);
  dubbo_invocation_free(invocation);
  close_reference(reference);
  close_server(server);
}

static void bad_addresses_are_refused(void) {
  dubbo_registry_server *other = NULL;
  FAILS(DUBBO_ERR_INVALID_ARGUMENT, dubbo_registry_server_start(NULL, dubbo_text("localhost"), 0, &other, &err));
  uint16_t taken = dubbo_registry_server_port(registry);
  FAILS(DUBBO_ERR_NETWORK, dubbo_registry_server_start(NULL, dubbo_text(""), taken, &other, &err));
}

static void a_closed_registry_leaves_its_port(void) {
  uint16_t port = dubbo_registry_server_port(registry);
  OK(dubbo_registry_server_close(registry, &err));
  dubbo_registry_server *next = NULL;
  OK(dubbo_registry_server_start(NULL, dubbo_text("127.0.0.1"), port, &next, &err));
  dubbo_registry_server_free(next);
}

int main(void) {
  OK(dubbo_registry_server_start(NULL, dubbo_text(""), 0, &registry, &err));
  RUN(those_who_name_the_registry_find_each_other);
  RUN(bad_addresses_are_refused);
  RUN(a_closed_registry_leaves_its_port);
  dubbo_registry_server_free(registry);
  return 0;
}
