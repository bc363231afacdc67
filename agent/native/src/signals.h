/** Keeps signals from this thread: one in the midst of a load or an attach ends it with EAGAIN. */
#pragma once

#include <csignal>

namespace pahlevan {

/** Until its scope ends. Signals to the process go to another thread, those to this one wait. */
class HeldSignals {
public:
  HeldSignals()
  {
    sigset_t all;
    sigfillset(&all);
    for (const int fault : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP})
      sigdelset(&all, fault);
    pthread_sigmask(SIG_BLOCK, &all, &before_);
  }
  HeldSignals(const HeldSignals &) = delete;
  HeldSignals &operator=(const HeldSignals &) = delete;
  ~HeldSignals() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

private:
  sigset_t before_;
};

} // namespace pahlevan
