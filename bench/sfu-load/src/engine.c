#include "engine.h"

#include <errno.h>
#include <linux/sock_diag.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define MS 1000000ull
enum { BATCH = 64, SMALL = 256, BIG = 2048, EVENTS = 512 };
enum timer_kind { T_TRANSPORT, T_RTCP, T_VIDEO, T_PACED, T_AUDIO };
struct timer { uint64_t due; struct peer *p; enum timer_kind kind; };

struct engine {
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    int epfd, max;
    struct peer **peer, **fresh;
    int n, fresh_n;
    struct timer *heap;
    int heap_n, heap_max;
    uint64_t poll_ns;
    atomic_bool stop, paused;
    atomic_int connecting;
    _Atomic uint64_t last_media;
    enum { CMD_NONE, CMD_START, CMD_END } cmd;   /* under lock */
    struct engine_report *report;
    struct engine_report win;
    double cpu0;
    /* receive buffers: short ones where only headers matter */
    uint8_t small[BATCH][SMALL], big[BATCH][BIG];
    char control[BATCH][64];
    struct iovec small_iov[BATCH], big_iov[BATCH];
    struct mmsghdr small_msg[BATCH], big_msg[BATCH];
};

atomic_bool g_measuring;
struct hist g_latency;

/* ---- timers: a binary heap ---- */

static void arm(struct engine *e, uint64_t due, struct peer *p, enum timer_kind kind)
{
    if (e->heap_n == e->heap_max) {
        e->heap_max = e->heap_max ? e->heap_max * 2 : 256;
        e->heap = realloc(e->heap, (size_t)e->heap_max * sizeof *e->heap);
        if (!e->heap) die("out of memory");
    }
    int i = e->heap_n++;
    for (; i > 0 && e->heap[(i - 1) / 2].due > due; i = (i - 1) / 2) e->heap[i] = e->heap[(i - 1) / 2];
    e->heap[i] = (struct timer){ due, p, kind };
}

static struct timer pop(struct engine *e)
{
    struct timer top = e->heap[0], last = e->heap[--e->heap_n];
    int i = 0;
    for (;;) {
        int c = 2 * i + 1;
        if (c >= e->heap_n) break;
        if (c + 1 < e->heap_n && e->heap[c + 1].due < e->heap[c].due) c++;
        if (e->heap[c].due >= last.due) break;
        e->heap[i] = e->heap[c];
        i = c;
    }
    e->heap[i] = last;
    return top;
}

static uint64_t cadence(struct engine *e, uint64_t due, uint64_t now, uint64_t step)
{
    if (g_measuring && !e->paused) hist_add(&e->win.late, (now - due) / 1000);
    return now > due + 3 * step ? now + step : due + step;       /* a camera skips frames, it does not catch up */
}

static void fire(struct engine *e, struct timer t, uint64_t now)
{
    struct peer *p = t.p;
    switch (t.kind) {
    case T_TRANSPORT: {
        uint64_t next = peer_transport_timer(p, now);
        if (next) arm(e, next, p, T_TRANSPORT);
        break;
    }
    case T_RTCP:
        peer_rtcp_timer(p);
        arm(e, now + 900 * MS + rnd64() % (200 * MS), p, T_RTCP);
        break;
    case T_VIDEO:
        if (peer_send_frame(p, now, e->paused)) arm(e, now + (uint64_t)p->plan->pace_us * 1000, p, T_PACED);
        arm(e, cadence(e, t.due, now, 1000 * MS / (uint64_t)p->plan->fps), p, T_VIDEO);
        break;
    case T_PACED:
        if (peer_send_more(p)) arm(e, now + (uint64_t)p->plan->pace_us * 1000, p, T_PACED);
        break;
    case T_AUDIO:
        peer_send_audio(p, now, e->paused);
        arm(e, cadence(e, t.due, now, 1000 * MS / (uint64_t)p->plan->audio_pps), p, T_AUDIO);
        break;
    }
}

/* ---- receiving ---- */

static uint64_t arrival(struct msghdr *h)
{
    for (struct cmsghdr *c = CMSG_FIRSTHDR(h); c; c = CMSG_NXTHDR(h, c)) {
        if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_TIMESTAMPNS) {
            struct timespec t;
            memcpy(&t, CMSG_DATA(c), sizeof t);
            return (uint64_t)t.tv_sec * 1000000000ull + (uint64_t)t.tv_nsec;
        }
    }
    return wall_ns();
}

static void drain(struct engine *e, struct peer *p)
{
    bool whole = p->role == PUBLISHER || p->sub.verify || p->state != PEER_READY;
    struct mmsghdr *msg = whole ? e->big_msg : e->small_msg;
    size_t cap = whole ? BIG : SMALL;
    for (int round = 0; round < 16; round++) {
        if (whole) for (int i = 0; i < BATCH; i++) msg[i].msg_hdr.msg_controllen = sizeof e->control[i];
        int n = recvmmsg(p->fd, msg, BATCH, MSG_DONTWAIT | MSG_TRUNC, NULL);
        if (n <= 0) {
            if (n < 0 && errno != EAGAIN && errno != EINTR) p->io_errors++;
            return;
        }
        uint64_t now = mono_ns();
        enum peer_state before = p->state;
        for (int i = 0; i < n; i++) {
            size_t len = msg[i].msg_len, have = len < cap ? len : cap;
            uint64_t at = p->sub.verify ? arrival(&msg[i].msg_hdr) : 0;
            peer_input(p, msg[i].msg_hdr.msg_iov->iov_base, have, len, at, now);
        }
        if (p->state != before) {
            pthread_mutex_lock(&e->lock);
            pthread_cond_broadcast(&e->changed);
            pthread_mutex_unlock(&e->lock);
            return;                              /* buffer choice may have changed: level-triggered */
        }
        if (n < BATCH) return;
    }
}

/* ---- commands ---- */

static int kernel_drops(struct peer *p)
{
    uint32_t info[SK_MEMINFO_VARS] = { 0 };
    socklen_t len = sizeof info;
    return getsockopt(p->fd, SOL_SOCKET, SO_MEMINFO, info, &len) ? 0 : (int)info[SK_MEMINFO_DROPS];
}

static double thread_cpu(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void window_start(struct engine *e)
{
    memset(&e->win, 0, sizeof e->win);
    for (int i = 0; i < e->n; i++) {
        struct peer *p = e->peer[i];
        p->kernel_drops_at_start = kernel_drops(p);
        if (p->role == PUBLISHER) { p->pub.mark_sent = publisher_sent(&p->pub); p->pub.want_key = true; p->pub.debt = 0; }
        else {
            p->sub.mark_unique = subscriber_unique(&p->sub);
            p->sub.mark_missing = subscriber_missing(&p->sub);
            p->sub.mark_octets = p->sub.octets;
        }
    }
    e->cpu0 = thread_cpu();
    e->win.first_ns = mono_ns();
    g_measuring = true;
    e->paused = false;
}

static void window_end(struct engine *e)
{
    g_measuring = false;
    for (int i = 0; i < e->n; i++) {
        struct peer *p = e->peer[i];
        e->win.kernel_drops += (uint64_t)(kernel_drops(p) - p->kernel_drops_at_start);
        if (p->role == PUBLISHER) e->win.sent += publisher_sent(&p->pub) - p->pub.mark_sent;
        else {
            e->win.received += subscriber_unique(&p->sub) - p->sub.mark_unique;
            e->win.missing += subscriber_missing(&p->sub) - p->sub.mark_missing;
            e->win.octets += p->sub.octets - p->sub.mark_octets;
        }
    }
    e->win.last_rx_ns = e->last_media;
    e->win.cpu_s = thread_cpu() - e->cpu0;
    *e->report = e->win;
}

static void look_at_commands(struct engine *e, uint64_t now)
{
    pthread_mutex_lock(&e->lock);
    for (int i = 0; i < e->fresh_n; i++) {
        struct peer *p = e->fresh[i];
        struct epoll_event ev = { .events = EPOLLIN, .data.ptr = p };
        int on = 1;
        if (p->sub.verify) setsockopt(p->fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on);
        if (epoll_ctl(e->epfd, EPOLL_CTL_ADD, p->fd, &ev)) die("epoll_ctl: %s", strerror(errno));
        e->peer[e->n++] = p;
        p->latency = &g_latency;
        p->measuring = &g_measuring;
        p->last_media = &e->last_media;
        peer_begin(p, now);
        arm(e, now, p, T_TRANSPORT);
        arm(e, now + 1000 * MS + rnd64() % (1000 * MS), p, T_RTCP);
        if (p->role == PUBLISHER && p->plan->video_kbps) arm(e, now + rnd64() % (33 * MS), p, T_VIDEO);
        if (p->role == PUBLISHER && p->plan->audio_pps) arm(e, now + rnd64() % (20 * MS), p, T_AUDIO);
    }
    e->fresh_n = 0;
    if (e->cmd == CMD_START) window_start(e);
    if (e->cmd == CMD_END) window_end(e);
    if (e->cmd != CMD_NONE) { e->cmd = CMD_NONE; pthread_cond_broadcast(&e->changed); }
    pthread_mutex_unlock(&e->lock);
}

/* Receives in ticks, not on every wake-up: a blocked receiver would be woken by, and so billed
 * to, the server's own send calls. Sends are made on time whatever the tick. */
static void *engine_main(void *arg)
{
    struct engine *e = arg;
    struct epoll_event ev[EVENTS];
    uint64_t next_poll = mono_ns();
    prctl(PR_SET_TIMERSLACK, 1000);
    while (!e->stop) {
        uint64_t now = mono_ns();
        look_at_commands(e, now);
        while (e->heap_n && e->heap[0].due <= now) {
            struct timer t = pop(e);
            fire(e, t, mono_ns());
        }
        now = mono_ns();
        if (now >= next_poll) {
            int n;
            for (int round = 0; round < 8; round++) {
                n = epoll_wait(e->epfd, ev, EVENTS, 0);
                for (int i = 0; i < n; i++) drain(e, ev[i].data.ptr);
                if (n < EVENTS) break;
            }
            uint64_t step = e->connecting > 0 ? 200000ull : e->poll_ns;
            next_poll = now + step;
        }
        uint64_t until = next_poll;
        if (e->heap_n && e->heap[0].due < until) until = e->heap[0].due;
        if (until > mono_ns()) sleep_until(until);
    }
    for (int i = 0; i < e->n; i++) peer_close(e->peer[i]);
    return NULL;
}

/* ---- called by other threads ---- */

struct engine *engine_start(int max_peers, uint64_t rx_poll_us)
{
    struct engine *e = calloc(1, sizeof *e);
    if (!e) die("out of memory");
    pthread_condattr_t attr;
    pthread_mutex_init(&e->lock, NULL);
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&e->changed, &attr);
    e->epfd = epoll_create1(EPOLL_CLOEXEC);
    e->max = max_peers;
    e->peer = calloc((size_t)max_peers, sizeof *e->peer);
    e->fresh = calloc((size_t)max_peers, sizeof *e->fresh);
    if (e->epfd < 0 || !e->peer || !e->fresh) die("cannot start the media thread");
    e->poll_ns = rx_poll_us * 1000;
    for (int i = 0; i < BATCH; i++) {
        e->small_iov[i] = (struct iovec){ e->small[i], SMALL };
        e->big_iov[i] = (struct iovec){ e->big[i], BIG };
        e->small_msg[i].msg_hdr = (struct msghdr){ .msg_iov = &e->small_iov[i], .msg_iovlen = 1 };
        e->big_msg[i].msg_hdr = (struct msghdr){ .msg_iov = &e->big_iov[i], .msg_iovlen = 1, .msg_control = e->control[i] };
    }
    if (pthread_create(&e->thread, NULL, engine_main, e)) die("cannot start the media thread");
    return e;
}

static void deadline_in(struct timespec *t, int ms)
{
    uint64_t at = mono_ns() + (uint64_t)ms * MS;
    t->tv_sec = (time_t)(at / 1000000000ull);
    t->tv_nsec = (long)(at % 1000000000ull);
}

bool engine_connect(struct engine *e, struct peer *p, int timeout_ms)
{
    struct timespec until;
    deadline_in(&until, timeout_ms);
    e->connecting++;
    pthread_mutex_lock(&e->lock);
    if (e->n + e->fresh_n >= e->max) die("too many peers");
    e->fresh[e->fresh_n++] = p;
    while (p->state < PEER_READY) {
        struct timespec step;
        deadline_in(&step, 50);
        pthread_cond_timedwait(&e->changed, &e->lock, &step);
        if (mono_ns() > (uint64_t)until.tv_sec * 1000000000ull + (uint64_t)until.tv_nsec) break;
    }
    pthread_mutex_unlock(&e->lock);
    e->connecting--;
    return p->state == PEER_READY;
}

bool engine_quiesce(struct engine *e, int quiet_ms, int max_ms)
{
    uint64_t end = mono_ns() + (uint64_t)max_ms * MS, stopped = mono_ns();
    e->paused = true;
    for (;;) {
        usleep(5000);
        uint64_t now = mono_ns(), seen = e->last_media, last = seen > stopped ? seen : stopped;
        if (now - last > (uint64_t)quiet_ms * MS) return true;
        if (now > end) return false;
    }
}

static void command(struct engine *e, int cmd)
{
    pthread_mutex_lock(&e->lock);
    e->cmd = cmd;
    while (e->cmd != CMD_NONE) pthread_cond_wait(&e->changed, &e->lock);
    pthread_mutex_unlock(&e->lock);
}

void engine_window_start(struct engine *e) { command(e, CMD_START); }

void engine_window_end(struct engine *e, struct engine_report *r)
{
    e->report = r;
    command(e, CMD_END);
}

void engine_stop(struct engine *e)
{
    e->stop = true;
    pthread_join(e->thread, NULL);
}

void engine_free(struct engine *e)
{
    close(e->epfd);
    free(e->heap);
    free(e->peer);
    free(e->fresh);
    free(e);
}
