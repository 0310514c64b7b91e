/* Serves until SIGTERM or the end of standard input, then stops without losing a call. */
#include "peer.h"

#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

/* Installed before any other thread starts, so that all of them leave the signals alone. */
static int watch_signals(void) {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, NULL);
  return signalfd(-1, &signals, SFD_CLOEXEC);
}

static void wait_for_end(int signals) {
  struct pollfd watched[] = {{signals, POLLIN, 0}, {STDIN_FILENO, POLLIN, 0}};
  char buffer[64];
  for (;;) {
    if (poll(watched, 2, -1) < 0) continue;
    if (watched[0].revents != 0) return;
    if (watched[1].revents != 0 && read(STDIN_FILENO, buffer, sizeof buffer) <= 0) return;
  }
}

static dubbo_options *server_options(const options *options) {
  dubbo_options *target = NULL;
  const char *host = option(options, "host", NULL), *heartbeat = option(options, "heartbeat", NULL);
  MUST(dubbo_options_new(DUBBO_OPTIONS_SERVER, &target, &err));
  set_option(target, "application", option(options, "name", "c-peer"));
  set_option(target, "port", option(options, "port", "0"));
  if (host != NULL) set_option(target, "host", host);
  if (heartbeat != NULL) set_option(target, "heartbeat", heartbeat);
  set_parameters(options, target);
  return target;
}

int provide(const options *options) {
  int signals = watch_signals();
  dubbo_options *settings = server_options(options);
  dubbo_service *services[] = {echo_service(), behaviour_service(NULL, NULL), behaviour_service("blue", "2.0.0")};
  dubbo_server *server = NULL;
  MUST(dubbo_server_start(NULL, settings, services, 3, &server, &err));
  dubbo_options_free(settings);
  printf("READY port=%u\n", dubbo_server_port(server));
  fflush(stdout);
  wait_for_end(signals);
  MUST(dubbo_server_close(server, NULL, &err));
  dubbo_server_free(server);
  return 0;
}
