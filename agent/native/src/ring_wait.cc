/** Sleeps until a ring has records, then wakes JavaScript once; costs nothing while the ring is
 * idle. */
#include "ring_wait.h"

#include "error.h"

#include <pthread.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>

#include <cerrno>

namespace pahlevan {
namespace {

constexpr uint64_t ringEvent = 1;
constexpr uint64_t stopEvent = 2;

bool watch(const Fd &epoll, const Fd &fd, uint32_t events, uint64_t which)
{
  epoll_event event{};
  event.events = events;
  event.data.u64 = which;
  return epoll_ctl(epoll.get(), EPOLL_CTL_ADD, fd.get(), &event) == 0;
}

} // namespace

RingWait::RingWait(Napi::Env env, std::shared_ptr<const RingPages> pages, Napi::Function wake)
    : env_(env), pages_(std::move(pages)), epoll_(epoll_create1(EPOLL_CLOEXEC)),
      stopEvent_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK))
{
  if (!epoll_.valid() || !stopEvent_.valid() ||
      !watch(epoll_, pages_->fd, EPOLLIN | EPOLLET, ringEvent) ||
      !watch(epoll_, stopEvent_, EPOLLIN, stopEvent))
    fail(env, errno, "cannot wait for the ring");
  constexpr size_t atMostOneQueued = 1;
  wakeup_ = Wakeup::New(env, wake, "pahlevan ring", atMostOneQueued, 1, this);
  // A thread inherits its maker's mask: signals stay with Node's own threads.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  try {
    thread_ = std::thread(&RingWait::run, this);
  } catch (const std::system_error &error) {
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    wakeup_.Abort();
    fail(env, error.code().value(), "cannot start the ring's thread");
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  napi_add_env_cleanup_hook(env, onTeardown, this);
}

RingWait::~RingWait()
{
  if (thread_.joinable()) // else onTeardown was here before
    napi_remove_env_cleanup_hook(env_, onTeardown, this);
  join();
}

void RingWait::onTeardown(void *wait) { static_cast<RingWait *>(wait)->join(); }

void RingWait::join()
{
  if (!thread_.joinable())
    return;
  eventfd_write(stopEvent_.get(), 1);
  thread_.join();
  wakeup_.Abort(); // what is still queued never reaches callWake with an environment
}

void RingWait::rearm()
{
  armed_.exchange(true);
  wakeIfReady();
}

void RingWait::wakeIfReady()
{
  if (pages_->ready() && armed_.exchange(false))
    wakeup_.NonBlockingCall();
}

void RingWait::run()
{
  pthread_setname_np(pthread_self(), "pahlevan-ring");
  for (;;) {
    epoll_event events[2];
    const int count = epoll_wait(epoll_.get(), events, 2, -1);
    for (int i = 0; i < count; i++)
      if (events[i].data.u64 == stopEvent)
        return;
    if (count < 0 && errno != EINTR)
      return;
    wakeIfReady();
  }
}

void RingWait::callWake(Napi::Env env, Napi::Function wake, RingWait *, void *)
{
  if (env == nullptr || wake.IsEmpty())
    return; // stopped meanwhile
  // By the bare API: in a thread that is being terminated every call fails, and Napi::Error ends
  // the process where it cannot be made.
  napi_value undefined, result, thrown;
  if (napi_get_undefined(env, &undefined) != napi_ok ||
      napi_call_function(env, undefined, wake, 0, nullptr, &result) != napi_pending_exception)
    return;
  // Node only warns about what is thrown from here; it must end up as an uncaught exception.
  if (napi_get_and_clear_last_exception(env, &thrown) == napi_ok)
    napi_fatal_exception(env, thrown);
}

} // namespace pahlevan
