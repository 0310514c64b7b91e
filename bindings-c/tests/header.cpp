// The header alone as C++14, and its text literals.
#include <polydubbo.h>

int main() {
  dubbo_value *value = nullptr;
  if (dubbo_value_new_str(dubbo_text("text"), &value, nullptr) != 0) return 1;
  dubbo_str text;
  bool same = dubbo_value_str(value, &text, nullptr) == 0 && text.len == 4;
  dubbo_value_free(value);
  return same && dubbo_abi_version() == DUBBO_ABI_VERSION ? 0 : 1;
}
