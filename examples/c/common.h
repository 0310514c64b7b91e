/* What the examples share: the end of a program whose call of the library failed. */
#ifndef COMMON_H
#define COMMON_H

#include <polydubbo.h>
#include <stdio.h>
#include <stdlib.h>

static inline void print(FILE *out, dubbo_str text) { fprintf(out, "%.*s", (int)text.len, text.len == 0 ? "" : text.data); }

static inline void must(uint32_t code, dubbo_error *error) {
  if (code == 0) return;
  print(stderr, dubbo_error_name(error));
  fprintf(stderr, ": ");
  print(stderr, dubbo_error_message(error));
  fprintf(stderr, "\n");
  exit(1);
}

/* Runs a call whose last argument is &err. */
#define MUST(call)              \
  do {                          \
    dubbo_error *err = NULL;    \
    uint32_t failed = (call);   \
    must(failed, err);          \
  } while (0)

#endif
