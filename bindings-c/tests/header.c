/* The header alone, as C11 and (header.cpp) as C++14, with all warnings. */
#include <polydubbo.h>

int main(void) { return dubbo_check_abi(DUBBO_ABI_VERSION, NULL) != 0 || dubbo_version_string()[0] == 0; }
