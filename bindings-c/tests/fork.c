/* A forked child: what the parent made is refused, what the child makes works. */
#include "check.h"

#include <sys/wait.h>
#include <unistd.h>

/* Runs in a child of its own; what it returns is the status. */
static int status_of(int (*run)(void)) {
  pid_t child = fork();
  CHECK(child >= 0);
  if (child == 0) exit(run());
  int status = 0;
  CHECK(waitpid(child, &status, 0) == child);
  CHECK(WIFEXITED(status));
  return WEXITSTATUS(status);
}

static dubbo_server *server;
static dubbo_reference *reference;

static int call_in_child(void) {
  dubbo_invocation *invocation = text_invocation("echo", "x");
  dubbo_response *response = NULL;
  FAILS(DUBBO_ERR_FORKED, dubbo_reference_invoke(reference, invocation, &response, &err));
  FAILS(DUBBO_ERR_FORKED, dubbo_reference_close(reference, 1000, &err));
  FAILS(DUBBO_ERR_FORKED, dubbo_server_close(server, NULL, &err));
  CHECK(!dubbo_reference_is_available(reference));
  dubbo_server *own = new_server(new_service("com.acme.Echo", echo, NULL));
  dubbo_reference *caller = new_reference(own, "com.acme.Echo");
  OK(dubbo_reference_invoke(caller, invocation, &response, &err));
  dubbo_response_free(response);
  dubbo_invocation_free(invocation);
  close_reference(caller);
  close_server(own);
  /* Letting go of the parent's objects does not disturb the parent. */
  dubbo_reference_free(reference);
  dubbo_server_free(server);
  return 8;
}

int main(void) {
  server = new_server(new_service("com.acme.Echo", echo, NULL));
  reference = new_reference(server, "com.acme.Echo");
  CHECK(status_of(call_in_child) == 8);
  dubbo_invocation *invocation = text_invocation("echo", "x");
  dubbo_response *response = NULL;
  OK(dubbo_reference_invoke(reference, invocation, &response, &err));
  dubbo_response_free(response);
  dubbo_invocation_free(invocation);
  close_reference(reference);
  close_server(server);
  return 0;
}
