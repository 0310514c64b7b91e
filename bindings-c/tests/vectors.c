/* Every vector of tests/vectors/hessian2.json: decoded, compared with what it means, and encoded to the same bytes. */
#include "check.h"

#include <cjson/cJSON.h>
#include <math.h>

static size_t decoded, refused, encoded;

static const cJSON *get(const cJSON *json, const char *key) { return cJSON_GetObjectItemCaseSensitive(json, key); }
static const char *text_of(const cJSON *json, const char *key) { return cJSON_GetStringValue(get(json, key)); }

/* cJSON takes neither lone surrogates nor zeros in texts: they are hidden behind characters of the private use area,
 * U+F000 and the unit in four more characters. */
static char *protect(char *text) {
  size_t length = strlen(text);
  char *out = calloc(length * 4 + 1, 1), *to = out;
  for (char *from = text; *from != 0;) {
    unsigned unit = 0, next = 0;
    if (from[0] == '\\' && from[1] == '\\') {
      *to++ = *from++;
      *to++ = *from++;
      continue;
    }
    if (sscanf(from, "\\u%4x", &unit) != 1) {
      *to++ = *from++;
      continue;
    }
    bool is_high = unit >= 0xd800 && unit < 0xdc00, is_low = unit >= 0xdc00 && unit < 0xe000;
    bool is_pair = is_high && sscanf(from + 6, "\\u%4x", &next) == 1 && next >= 0xdc00 && next < 0xe000;
    if (is_pair) {
      memcpy(to, from, 12);
      to += 12;
      from += 12;
    } else if (is_high || is_low || unit == 0) {
      to += sprintf(to, "\xef\x80\x80%04x", unit);
      from += 6;
    } else {
      memcpy(to, from, 6);
      to += 6;
      from += 6;
    }
  }
  return out;
}

/* The UTF-16 units of a protected text. */
static size_t units_of(const char *text, uint16_t *units) {
  size_t count = 0;
  for (const unsigned char *c = (const unsigned char *)text; *c != 0;) {
    unsigned code;
    if (c[0] == 0xef && c[1] == 0x80 && c[2] == 0x80) {
      CHECK(sscanf((const char *)c + 3, "%4x", &code) == 1);
      units[count++] = (uint16_t)code;
      c += 7;
      continue;
    }
    size_t more = *c < 0x80 ? 0 : *c < 0xe0 ? 1 : *c < 0xf0 ? 2 : 3;
    code = more == 0 ? *c : *c & (0x3f >> more);
    for (size_t i = 1; i <= more; i++) code = code << 6 | (c[i] & 0x3f);
    c += more + 1;
    if (code >= 0x10000) {
      units[count++] = (uint16_t)(0xd800 + ((code - 0x10000) >> 10));
      code = 0xdc00 + (code & 0x3ff);
    }
    units[count++] = (uint16_t)code;
  }
  return count;
}

static bool is_string(const dubbo_value *value, const char *want) {
  dubbo_buf *buf = NULL;
  if (dubbo_value_utf16(value, &buf, NULL) != 0) return false;
  uint16_t *units = calloc(strlen(want) + 1, sizeof *units);
  size_t count = units_of(want, units);
  dubbo_bytes view = dubbo_buf_view(buf);
  bool same = view.len == count * 2 && (count == 0 || memcmp(view.data, units, view.len) == 0);
  free(units);
  dubbo_buf_free(buf);
  return same;
}

static dubbo_bytes unhex(const char *hex) {
  size_t length = strlen(hex) / 2;
  uint8_t *bytes = calloc(length + 1, 1);
  for (size_t i = 0; i < length; i++) {
    unsigned octet;
    CHECK(sscanf(hex + 2 * i, "%2x", &octet) == 1);
    bytes[i] = (uint8_t)octet;
  }
  return (dubbo_bytes){bytes, length};
}

/* Containers in the order in which they begin. */
typedef struct slots {
  const dubbo_value *all[1024];
  size_t count;
} slots;

static bool means(const dubbo_value *value, const cJSON *want, slots *slots);

static bool is_type(const dubbo_value *value, const cJSON *want, const char *key) {
  const char *type = text_of(want, key);
  return is_text(dubbo_value_java_type(value), type == NULL ? "" : type);
}

static bool is_container(const dubbo_value *value, const cJSON *want, slots *slots, const char *tag) {
  const cJSON *children = get(want, strcmp(tag, "list") == 0 ? "items" : strcmp(tag, "map") == 0 ? "entries" : "fields");
  const cJSON *child;
  size_t index = 0;
  slots->all[slots->count++] = value;
  if (!is_type(value, want, strcmp(tag, "object") == 0 ? "class" : "type")) return false;
  if (get(want, "epochDay") != NULL) return true; /* a long that is no field */
  if (dubbo_value_len(value) != (size_t)cJSON_GetArraySize(children)) return false;
  cJSON_ArrayForEach(child, children) {
    const cJSON *item = child;
    if (strcmp(tag, "map") == 0 && !means(dubbo_value_key(value, index), cJSON_GetArrayItem(child, 0), slots)) return false;
    if (strcmp(tag, "object") == 0 && !is_text(dubbo_value_field_name(value, index), cJSON_GetArrayItem(child, 0)->valuestring))
      return false;
    if (strcmp(tag, "list") != 0) item = cJSON_GetArrayItem(child, 1);
    if (!means(dubbo_value_item(value, index++), item, slots)) return false;
  }
  return true;
}

static bool is_number(const dubbo_value *value, const char *text) {
  double got, want = strtod(text, NULL);
  return dubbo_value_f64(value, &got, NULL) == 0 && ((isnan(got) && isnan(want)) || (got == want && signbit(got) == signbit(want)));
}

/* The target of a reference: a slot, or a place below the outermost list, "/items/1". */
static const dubbo_value *target_of(const cJSON *want, const slots *slots) {
  size_t index;
  const char *to = text_of(want, "to");
  if (to == NULL) return slots->all[(size_t)get(want, "slot")->valuedouble];
  CHECK(sscanf(to, "/items/%zu", &index) == 1);
  return dubbo_value_item(slots->all[0], index);
}

static bool means(const dubbo_value *value, const cJSON *want, slots *slots) {
  const char *tag = text_of(want, "t"), *text = text_of(want, "v");
  const cJSON *v = get(want, "v");
  uint32_t type = dubbo_value_type(value);
  int64_t integer;
  bool flag;
  if (strcmp(tag, "null") == 0) return type == DUBBO_TYPE_NULL;
  if (strcmp(tag, "bool") == 0) return dubbo_value_bool(value, &flag, NULL) == 0 && flag == cJSON_IsTrue(v);
  if (strcmp(tag, "int") == 0)
    return type == DUBBO_TYPE_I32 && dubbo_value_i64(value, &integer, NULL) == 0 && integer == (int64_t)v->valuedouble;
  if (strcmp(tag, "long") == 0)
    return type == DUBBO_TYPE_I64 && dubbo_value_i64(value, &integer, NULL) == 0 && integer == strtoll(text, NULL, 10);
  if (strcmp(tag, "double") == 0) return is_number(value, text);
  if (strcmp(tag, "date") == 0) return dubbo_value_date(value, &integer, NULL) == 0 && integer == strtoll(text, NULL, 10);
  if (strcmp(tag, "string") == 0) return is_string(value, text);
  if (strcmp(tag, "ref") == 0) return dubbo_value_identity(value) == dubbo_value_identity(target_of(want, slots));
  if (strcmp(tag, "bytes") != 0) return is_container(value, want, slots, tag);
  dubbo_bytes got = {NULL, 0}, wanted = unhex(text_of(want, "hex"));
  bool same = dubbo_value_bytes(value, &got, NULL) == 0 && got.len == wanted.len &&
              (got.len == 0 || memcmp(got.data, wanted.data, got.len) == 0);
  free((void *)wanted.data);
  return same;
}

static void encodes(const dubbo_value *list, dubbo_bytes want, uint32_t profile, const char *name) {
  dubbo_buf *body = NULL;
  OK(dubbo_value_encode_all(list, profile, &body, &err));
  dubbo_bytes got = dubbo_buf_view(body);
  if (got.len != want.len || memcmp(got.data, want.data, want.len) != 0) {
    fprintf(stderr, "%s encodes otherwise with profile %u\n", name, profile);
    abort();
  }
  dubbo_buf_free(body);
  encoded += 1;
}

static void play(const cJSON *vector) {
  const cJSON *value = get(vector, "value");
  const char *name = text_of(vector, "name"), *dir = text_of(vector, "dir"), *profile = text_of(vector, "profile");
  const char *tag = text_of(value, "t");
  dubbo_bytes bytes = unhex(text_of(vector, "hex"));
  dubbo_value *list = NULL;
  dubbo_error *error = NULL;
  slots *slots = calloc(1, sizeof *slots);
  uint32_t code = strcmp(dir, "encode") == 0 ? 0 : dubbo_value_decode_all(bytes, &list, &error);
  if (strcmp(tag, "error") == 0) {
    CHECK(code == DUBBO_ERR_SERIALIZATION && list == NULL);
    refused += 1;
  } else if (strcmp(dir, "encode") == 0) {
    OK(dubbo_value_decode_all(bytes, &list, &err)); /* also readable, only not the form of all writers */
    encodes(list, bytes, DUBBO_PROFILE_PORTABLE, name);
  } else {
    CHECK(code == 0);
    const cJSON *item;
    size_t index = 0;
    bool same = true;
    if (strcmp(tag, "stream") == 0) {
      cJSON_ArrayForEach(item, get(value, "items")) same = same && means(dubbo_value_item(list, index++), item, slots);
    } else {
      same = means(dubbo_value_item(list, 0), value, slots) && dubbo_value_len(list) == 1;
    }
    if (!same) {
      fprintf(stderr, "%s means something else\n", name);
      abort();
    }
    decoded += 1;
    bool is_any = strcmp(profile, "any") == 0;
    if (strcmp(dir, "both") == 0) {
      if (is_any) encodes(list, bytes, DUBBO_PROFILE_PORTABLE, name);
      if (is_any || strcmp(profile, "hl3") == 0) encodes(list, bytes, DUBBO_PROFILE_HL3, name);
      if (is_any || strcmp(profile, "hl4") == 0) encodes(list, bytes, DUBBO_PROFILE_HL4, name);
    }
  }
  dubbo_error_free(error);
  dubbo_value_free(list);
  free(slots);
  free((void *)bytes.data);
}

int main(int argc, char **argv) {
  CHECK(argc == 2);
  FILE *file = fopen(argv[1], "rb");
  CHECK(file != NULL);
  char *text = calloc(8 << 20, 1);
  CHECK(fread(text, 1, (8 << 20) - 1, file) > 0);
  fclose(file);
  char *readable = protect(text);
  cJSON *vectors = cJSON_Parse(readable);
  CHECK(vectors != NULL);
  const cJSON *vector;
  cJSON_ArrayForEach(vector, vectors) play(vector);
  cJSON_Delete(vectors);
  free(readable);
  free(text);
  printf("%zu decoded, %zu refused, %zu encoded\n", decoded, refused, encoded);
  CHECK(decoded >= 226 && refused >= 25 && encoded >= 500);
  return 0;
}
