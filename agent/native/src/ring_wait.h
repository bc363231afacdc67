/** Sleeps until a ring has records, then wakes JavaScript once; costs nothing while the ring is
 * idle. */
#pragma once

#include "ring_pages.h"

#include <napi.h>

#include <atomic>
#include <memory>
#include <thread>

namespace pahlevan {

/**
 * One thread in epoll_wait on the ring's fd. The fd is watched edge-triggered: a level trigger
 * would spin while the first record is still being written. That is safe because the kernel wakes
 * the fd whenever the record that is finished is the one at the consumer's position, and because
 * rearm() looks for itself (see RingPages::ready).
 */
class RingWait {
public:
  /** Throws when the thread's descriptors cannot be had. `wake` is called at once if records are
   * there. */
  RingWait(Napi::Env env, std::shared_ptr<const RingPages> pages, Napi::Function wake);
  ~RingWait();
  void rearm();

private:
  static void callWake(Napi::Env env, Napi::Function wake, RingWait *wait, void *);
  using Wakeup = Napi::TypedThreadSafeFunction<RingWait, void, &RingWait::callWake>;

  void run();
  void wakeIfReady();
  static void onTeardown(void *wait);
  void join();

  Napi::Env env_;
  std::shared_ptr<const RingPages> pages_;
  Fd epoll_;
  Fd stopEvent_;
  std::atomic<bool> armed_{true};
  Wakeup wakeup_;
  std::thread thread_;
};

} // namespace pahlevan
