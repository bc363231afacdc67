/** Attaches a program to a tracepoint or kprobe the way that every kernel has: through a perf
 * event. */
#pragma once

#include "resource.h"

#include <string>

namespace pahlevan {

/** The event that holds the program; invalid with errno set, and `why` naming the step, when
 * refused. */
Fd attachTracepoint(const std::string &categoryAndName, int program, std::string &why);
Fd attachKprobe(const std::string &function, int program, std::string &why);

} // namespace pahlevan
