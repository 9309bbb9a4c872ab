#include "peer.h"
#include "stun.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define MS 1000000ull
enum { CHECK_EVERY_MS = 50, CHECK_GIVE_UP_MS = 10000, CONSENT_EVERY_MS = 4000, CONSENT_LOST_MS = 30000 };
enum { BURST_MAX = 64, HOST_PRIORITY = 1862270975 };

static void fail(struct peer *p, const char *why)
{
    snprintf(p->why, sizeof p->why, "%s", why);
    p->state = PEER_FAILED;
}

static void send_raw(void *ctx, const uint8_t *data, size_t n)
{
    struct peer *p = ctx;
    if (send(p->fd, data, n, MSG_NOSIGNAL) != (ssize_t)n) p->io_errors++;
}

struct peer *peer_new(enum peer_role role, int id, int room, int index, const struct media_plan *plan)
{
    struct peer *p = calloc(1, sizeof *p);
    if (!p) die("out of memory");
    p->role = role;
    p->id = id;
    p->room = room;
    p->index = index;
    p->plan = plan;
    p->fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (p->fd < 0) die("socket: %s", strerror(errno));
    int size = 2 << 20;
    if (setsockopt(p->fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size))
        setsockopt(p->fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
    if (setsockopt(p->fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof size))
        setsockopt(p->fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
    p->local.sin_family = AF_INET;
    p->local.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t len = sizeof p->local;
    if (bind(p->fd, (struct sockaddr *)&p->local, len) || getsockname(p->fd, (struct sockaddr *)&p->local, &len))
        die("bind: %s", strerror(errno));
    rnd_text(p->ufrag, 8);
    rnd_text(p->pwd, 24);
    rnd_text(p->cname, 16);
    p->tiebreaker = rnd64();
    p->own_ssrc = (uint32_t)rnd64() | 1;
    if (role == PUBLISHER) {
        const char kinds[2] = { plan->audio_pps ? 'a' : 0, plan->video_kbps ? 'v' : 0 };
        for (int i = 0; i < 2; i++) {
            if (!kinds[i]) continue;
            struct rtp_source *s = &p->pub.src[p->pub.n];
            s->kind = kinds[i];
            snprintf(s->mid, sizeof s->mid, "%d", p->pub.n);
            s->ssrc = (uint32_t)rnd64() | 1;
            s->seq = (uint16_t)(rnd64() & 0x7fff);
            s->picture_id = (uint16_t)(rnd64() & 0x7fff);
            s->room = (uint16_t)room;
            s->publisher = (uint16_t)index;
            p->pub.ts0[p->pub.n++] = (uint32_t)rnd64();
        }
        p->pub.want_key = true;
    }
    return p;
}

void peer_free(struct peer *p)
{
    if (!p) return;
    dtls_free(p->dtls);
    if (p->tx) srtp_dealloc(p->tx);
    if (p->rx) srtp_dealloc(p->rx);
    close(p->fd);
    free(p->sub.feed);
    free(p->sub.track);
    free(p->sub.expect);
    free(p);
}

/* ---- signalling side ---- */

static struct sdp_self *self_of(struct peer *p, const char *setup)
{
    struct sdp_self *s = calloc(1, sizeof *s);
    if (!s) die("out of memory");
    s->ufrag = p->ufrag;
    s->pwd = p->pwd;
    s->fingerprint = dtls_fingerprint();
    s->setup = setup;
    s->cname = p->cname;
    s->port = ntohs(p->local.sin_port);
    s->sendonly = p->role == PUBLISHER;
    s->mid_ext = p->plan->mid_ext;
    s->nack = p->plan->nack;
    return s;
}

void peer_offer(struct peer *p, struct text *sdp)
{
    struct sdp_self *s = self_of(p, "actpass");
    if (p->role == PUBLISHER) {
        for (int i = 0; i < p->pub.n; i++) {
            s->m[i].kind = p->pub.src[i].kind;
            s->m[i].ssrc = p->pub.src[i].ssrc;
            snprintf(s->m[i].mid, sizeof s->m[i].mid, "%s", p->pub.src[i].mid);
        }
        s->n = p->pub.n;
    } else {
        for (int f = 0; f < p->sub.feeds; f++) {
            for (int k = 0; k < p->sub.feed[f]->n && s->n < SDP_MEDIA_MAX; k++, s->n++) {
                s->m[s->n].kind = p->sub.feed[f]->src[k].kind;
                snprintf(s->m[s->n].mid, sizeof s->m[s->n].mid, "%d", s->n);
            }
        }
    }
    p->controlling = true;                       /* the offerer (RFC 8445, 6.1.1) */
    sdp_offer(sdp, s);
    free(s);
}

static bool take_remote(struct peer *p, const char *sdp)
{
    const char *why;
    if (!sdp_parse(sdp, &p->remote_sdp, &why)) { fail(p, why); return false; }
    p->remote = p->remote_sdp.candidate;
    p->remote_lite = p->remote_sdp.ice_lite;
    if (p->remote_lite) p->controlling = true;
    snprintf(p->user_out, sizeof p->user_out, "%s:%s", p->remote_sdp.ufrag, p->ufrag);
    if (connect(p->fd, (struct sockaddr *)&p->remote, sizeof p->remote)) { fail(p, "connect"); return false; }
    return true;
}

bool peer_take_answer(struct peer *p, const char *sdp)
{
    if (!take_remote(p, sdp)) return false;
    const struct sdp *d = &p->remote_sdp;
    if (!strcmp(d->setup, "active")) p->dtls_client = false;
    else if (!strcmp(d->setup, "passive")) p->dtls_client = true;
    else { fail(p, "the answer's setup is neither active nor passive"); return false; }
    for (int i = 0; p->role == PUBLISHER && i < p->pub.n; i++) {
        const struct sdp_media *m = NULL;
        for (int k = 0; k < d->n; k++) if (!strcmp(d->m[k].mid, p->pub.src[i].mid)) m = &d->m[k];
        if (!m || m->rejected || m->pt < 0) { fail(p, "the answer rejects a media line"); return false; }
        p->pub.src[i].pt = m->pt;
        p->pub.src[i].mid_ext = p->plan->mid_ext ? m->mid_ext : 0;
    }
    return true;
}

bool peer_take_offer(struct peer *p, const char *sdp)
{
    p->controlling = false;
    return take_remote(p, sdp);
}

void peer_answer(struct peer *p, struct text *sdp)
{
    struct sdp_self *s = self_of(p, "active");
    p->dtls_client = true;
    const struct sdp *d = &p->remote_sdp;
    for (s->n = 0; s->n < d->n; s->n++) {
        const struct sdp_media *m = &d->m[s->n];
        s->m[s->n].kind = m->rejected || m->pt < 0 ? '?' : m->kind;
        snprintf(s->m[s->n].mid, sizeof s->m[s->n].mid, "%s", m->mid);
    }
    sdp_answer(sdp, s, d);
    free(s);
}

/* ---- ICE ---- */

static void send_check(struct peer *p)
{
    uint8_t m[STUN_MAX];
    size_t n = stun_request(m, p->check_txid, p->user_out, p->remote_sdp.pwd, HOST_PRIORITY,
                            p->controlling, p->tiebreaker, true);
    send_raw(p, m, n);
}

static void new_txid(struct peer *p)
{
    uint64_t r[2] = { rnd64(), rnd64() };
    memcpy(p->check_txid, r, 12);
}

static void start_dtls_if_due(struct peer *p)
{
    if (p->state != PEER_CHECKING || !p->pair_ok || !(p->controlling || p->nominated)) return;
    p->state = PEER_HANDSHAKE;
    dtls_start(p->dtls);
}

static void stun_input(struct peer *p, const uint8_t *data, size_t n, uint64_t now)
{
    struct stun_msg m;
    uint8_t out[STUN_MAX];
    p->stun_in++;
    if (!stun_parse(data, n, &m)) return;
    if (m.type == STUN_REQUEST) {
        size_t own = strlen(p->ufrag);
        if (strncmp(m.username, p->ufrag, own) || m.username[own] != ':' || !stun_check(data, n, p->pwd)) return;
        if ((p->controlling && m.controlling) || (!p->controlling && m.controlled)) {
            bool keep = p->controlling ? p->tiebreaker >= m.tiebreaker : p->tiebreaker < m.tiebreaker;
            if (keep) { send_raw(p, out, stun_failure(out, m.txid, p->pwd, STUN_ROLE_CONFLICT)); return; }
            p->controlling = !p->controlling;
        }
        send_raw(p, out, stun_success(out, m.txid, p->pwd, &p->remote));
        if (m.use_candidate && !p->controlling) p->nominated = true;
        start_dtls_if_due(p);
    } else if (m.type == STUN_SUCCESS) {
        if (memcmp(m.txid, p->check_txid, 12) || !stun_check(data, n, p->remote_sdp.pwd)) return;
        p->pair_ok = true;
        p->t_consent = now;
        p->consent_answered++;
        start_dtls_if_due(p);
    } else if (m.type == STUN_ERROR && m.error == STUN_ROLE_CONFLICT && !memcmp(m.txid, p->check_txid, 12)) {
        p->controlling = !p->controlling;
        new_txid(p);
        send_check(p);
    }
}

void peer_begin(struct peer *p, uint64_t now)
{
    p->dtls = dtls_new(p->dtls_client, send_raw, p);
    p->check_deadline = now + CHECK_GIVE_UP_MS * MS;
    p->state = PEER_CHECKING;
    new_txid(p);
}

uint64_t peer_transport_timer(struct peer *p, uint64_t now)
{
    switch (p->state) {
    case PEER_CHECKING:
        if (now > p->check_deadline) { fail(p, "no answer to connectivity checks, or never nominated"); return 0; }
        if (!p->pair_ok) send_check(p);
        return now + CHECK_EVERY_MS * MS;
    case PEER_HANDSHAKE: {
        if (now > p->check_deadline) { fail(p, "the DTLS handshake does not end"); return 0; }
        int left = dtls_timeout_ms(p->dtls);
        if (left == 0) { p->dtls_repeats++; dtls_on_timeout(p->dtls); left = dtls_timeout_ms(p->dtls); }
        return now + (uint64_t)(left > 0 && left < 10 ? left : 10) * MS;
    }
    case PEER_READY:
        if (now - p->t_consent > CONSENT_LOST_MS * MS) { fail(p, "consent lost"); return 0; }
        new_txid(p);
        send_check(p);
        p->consent_sent++;
        return now + (CONSENT_EVERY_MS + rnd64() % 1000) * MS;
    default:
        return 0;
    }
}

/* ---- DTLS, SRTP ---- */

static void dtls_packet(struct peer *p, const uint8_t *data, size_t n, uint64_t now)
{
    p->dtls_in++;
    if (p->state == PEER_CHECKING && p->pair_ok && !p->dtls_client) p->state = PEER_HANDSHAKE;
    if (p->state != PEER_HANDSHAKE && p->state != PEER_READY) return;
    dtls_input(p->dtls, data, n);
    enum dtls_state s = dtls_state(p->dtls);
    if (s == DTLS_FAILED) fail(p, "DTLS failed");
    else if (s == DTLS_CLOSED) p->state = PEER_CLOSED;
    else if (s == DTLS_DONE && p->state == PEER_HANDSHAKE) {
        bool need_rx = p->role == PUBLISHER || p->sub.verify;
        if (!dtls_peer_is(p->dtls, p->remote_sdp.fingerprint)) { fail(p, "certificate does not match its fingerprint"); return; }
        if (!dtls_srtp(p->dtls, &p->tx, need_rx ? &p->rx : NULL)) { fail(p, "no usable SRTP profile"); return; }
        snprintf(p->profile, sizeof p->profile, "%s", dtls_profile(p->dtls));
        p->t_consent = p->t_ready = now;
        p->state = PEER_READY;
    }
}

static void send_rtcp(struct peer *p, uint8_t *buf, size_t n)
{
    int len = (int)n;
    if (srtp_protect_rtcp(p->tx, buf, &len) == srtp_err_status_ok) send_raw(p, buf, (size_t)len);
}

void peer_rtcp_timer(struct peer *p)
{
    uint8_t buf[RTP_MAX + RTP_ROOM];
    if (p->state != PEER_READY) return;
    if (p->role == PUBLISHER)
        send_rtcp(p, buf, rtcp_sender(buf, p->pub.src, p->pub.n, p->cname, wall_ns()));
    else
        send_rtcp(p, buf, rtcp_receiver(buf, p->own_ssrc, p->sub.track, p->sub.tracks, p->cname));
}

static struct rtp_track *track_of(struct peer *p, const uint8_t *data, uint64_t now)
{
    struct subscriber *s = &p->sub;
    uint32_t ssrc = (uint32_t)data[8] << 24 | (uint32_t)data[9] << 16 | (uint32_t)data[10] << 8 | data[11];
    int pt = data[1] & 0x7f;
    for (int i = 0; i < s->tracks; i++) if (s->track[i].ssrc == ssrc && s->track[i].pt == pt) return &s->track[i];
    const struct sdp_media *m = NULL;
    for (int i = 0; i < p->remote_sdp.n; i++)
        if (!p->remote_sdp.m[i].rejected && p->remote_sdp.m[i].pt == pt) { m = &p->remote_sdp.m[i]; break; }
    if (!m || s->tracks == s->tracks_max) return NULL;
    struct rtp_track *t = &s->track[s->tracks++];
    memset(t, 0, sizeof *t);
    t->ssrc = ssrc;
    t->pt = pt;
    t->kind = m->kind;
    if (!s->t_first_rtp) s->t_first_rtp = now;
    if (t->kind == 'v' && p->plan->pli_at_start && !s->pli_sent) {
        uint8_t buf[64 + RTP_ROOM];
        s->pli_sent = true;
        send_rtcp(p, buf, rtcp_pli(buf, p->own_ssrc, ssrc));
    }
    return t;
}

static void verify(struct peer *p, uint8_t *data, size_t len, uint64_t arrived_wall)
{
    struct subscriber *s = &p->sub;
    struct rtp_stamp st;
    int n = (int)len;
    srtp_err_status_t rc = srtp_unprotect(p->rx, data, &n);
    if (rc == srtp_err_status_replay_fail || rc == srtp_err_status_replay_old) return;
    if (rc != srtp_err_status_ok || !rtp_verify(data, (size_t)n, &st)) { s->bad++; return; }
    bool known = false;
    for (int i = 0; i < s->feeds; i++)
        known |= s->feed[i]->src[0].publisher == st.publisher && s->feed[i]->src[0].room == st.room;
    if (!known) { s->wrong_source++; return; }
    s->verified++;
    int i = 0;
    while (i < s->expects && !(s->expect[i].publisher == st.publisher && s->expect[i].kind == st.kind)) i++;
    if (i == s->expects) {
        if (i == s->tracks_max) { s->bad++; return; }
        s->expect[s->expects].publisher = st.publisher;
        s->expect[s->expects++].kind = st.kind;
    } else if (st.counter > s->expect[i].next) s->gaps += st.counter - s->expect[i].next;
    else if (st.counter < s->expect[i].next) { s->repeats++; return; }
    s->expect[i].next = st.counter + 1;
    if (p->latency && *p->measuring && arrived_wall >= st.wall) hist_add(p->latency, (arrived_wall - st.wall) / 1000);
}

void peer_input(struct peer *p, uint8_t *data, size_t have, size_t len, uint64_t arrived_wall, uint64_t now)
{
    if (have < 2) return;
    uint8_t b = data[0];
    if (b < 4) { if (have == len) stun_input(p, data, len, now); return; }
    if (b >= 20 && b < 64) { if (have == len) dtls_packet(p, data, len, now); return; }
    if (b < 128 || b >= 192 || p->state != PEER_READY) return;
    if (data[1] >= 192 && data[1] < 224) {
        p->rtcp_in++;
        int n = (int)len;
        if (p->role == PUBLISHER && have == len && srtp_unprotect_rtcp(p->rx, data, &n) == srtp_err_status_ok) {
            int keys = p->pub.asked.pli + p->pub.asked.fir;
            rtcp_scan(data, (size_t)n, &p->pub.asked);
            if (p->pub.asked.pli + p->pub.asked.fir > keys && now - p->pub.last_key_ns > 500 * MS) p->pub.want_key = true;
        }
        return;
    }
    if (p->role != SUBSCRIBER || have < 12) return;
    struct rtp_track *t = track_of(p, data, now);
    if (!t) { p->sub.unknown++; return; }
    p->sub.octets += len;
    *p->last_media = now;
    rtp_track_add(t, (uint16_t)(data[2] << 8 | data[3]));
    if (p->sub.verify && have == len) verify(p, data, len, arrived_wall);
}

/* ---- media out ---- */

static uint8_t g_burst[BURST_MAX][RTP_MAX + RTP_ROOM];   /* engine thread only */

static struct rtp_source *source(struct peer *p, char kind, int *index)
{
    for (*index = 0; *index < p->pub.n; ++*index) if (p->pub.src[*index].kind == kind) return &p->pub.src[*index];
    return NULL;
}

static void send_burst(struct peer *p, struct rtp_source *s, int lens[], int n)
{
    struct mmsghdr msg[BURST_MAX] = { 0 };
    struct iovec iov[BURST_MAX];
    for (int i = 0; i < n; i++) {
        iov[i].iov_base = g_burst[i];
        iov[i].iov_len = (size_t)lens[i];
        msg[i].msg_hdr.msg_iov = &iov[i];
        msg[i].msg_hdr.msg_iovlen = 1;
    }
    for (int at = 0; at < n;) {
        int k = sendmmsg(p->fd, msg + at, (unsigned)(n - at), MSG_NOSIGNAL);
        if (k <= 0) { p->pub.send_errors++; at++; continue; }    /* that packet is lost before the server */
        for (int i = at; i < at + k; i++) s->octets += (uint64_t)lens[i];
        s->sent += (uint64_t)k;
        at += k;
    }
}

static int packet_size(const struct media_plan *m, int left)
{
    int size = m->video_payload;
    if (m->frame_jitter_pct) size -= (int)(rnd64() % (uint64_t)(size * m->frame_jitter_pct / 100 + 1));
    return left < size ? left : size;
}

/* Up to `most` packets of the frame under way. */
static bool send_some(struct peer *p, struct rtp_source *s, int most)
{
    int lens[BURST_MAX], n = 0;
    uint64_t wall = wall_ns();
    while (p->pub.left > 0 && n < most) {
        int take = packet_size(p->plan, p->pub.left);
        p->pub.left -= take;
        int len = (int)rtp_build(s, g_burst[n], (size_t)take, p->pub.left_first, p->pub.left <= 0, p->pub.left_key, wall);
        p->pub.left_first = false;
        if (srtp_protect(p->tx, g_burst[n], &len) != srtp_err_status_ok) { p->pub.send_errors++; continue; }
        lens[n++] = len;
    }
    send_burst(p, s, lens, n);
    return p->pub.left > 0;
}

bool peer_send_more(struct peer *p)
{
    int which;
    struct rtp_source *s = source(p, 'v', &which);
    return s && p->state == PEER_READY && send_some(p, s, 1);
}

bool peer_send_frame(struct peer *p, uint64_t now, bool paused)
{
    int which;
    struct rtp_source *s = source(p, 'v', &which);
    if (!s || p->state != PEER_READY || paused) return false;
    const struct media_plan *m = p->plan;
    while (p->pub.left > 0) send_some(p, s, BURST_MAX);              /* the pace was too slow for the rate */
    p->pub.debt += m->video_kbps * 125.0 / m->fps;
    if (p->pub.debt < 100) return false;
    if (m->keyframe_s && now - p->pub.last_key_ns > (uint64_t)m->keyframe_s * 1000 * MS) p->pub.want_key = true;
    s->ts = p->pub.ts0[which] + (uint32_t)(now / 1000 * 9 / 100);    /* 90 kHz */
    p->pub.left = (int)p->pub.debt;
    p->pub.debt -= p->pub.left;
    p->pub.left_first = true;
    p->pub.left_key = p->pub.want_key;
    if (p->pub.want_key) { p->pub.want_key = false; p->pub.last_key_ns = now; }
    if (m->pace_us) return send_some(p, s, 1);
    while (send_some(p, s, BURST_MAX)) { }
    return false;
}

void peer_send_audio(struct peer *p, uint64_t now, bool paused)
{
    int which, len;
    struct rtp_source *s = source(p, 'a', &which);
    if (!s || p->state != PEER_READY || paused) return;
    (void)now;
    s->ts = p->pub.ts0[which] + (uint32_t)(s->counter * (uint64_t)(48000 / p->plan->audio_pps));
    len = (int)rtp_build(s, g_burst[0], (size_t)p->plan->audio_payload, true, true, false, wall_ns());
    if (srtp_protect(p->tx, g_burst[0], &len) != srtp_err_status_ok) { p->pub.send_errors++; return; }
    send_burst(p, s, &len, 1);
}

void peer_close(struct peer *p)
{
    if (p->state == PEER_READY) { dtls_close(p->dtls); p->state = PEER_CLOSED; }
}

uint64_t subscriber_unique(const struct subscriber *s)
{
    uint64_t n = 0;
    for (int i = 0; i < s->tracks; i++) n += s->track[i].unique;
    return n;
}

uint64_t subscriber_missing(const struct subscriber *s)
{
    uint64_t n = 0;
    for (int i = 0; i < s->tracks; i++) n += rtp_track_missing(&s->track[i]);
    return n;
}

uint64_t subscriber_dups(const struct subscriber *s)
{
    uint64_t n = 0;
    for (int i = 0; i < s->tracks; i++) n += s->track[i].dup;
    return n;
}

uint64_t publisher_sent(const struct publisher *p)
{
    uint64_t n = 0;
    for (int i = 0; i < p->n; i++) n += p->src[i].sent;
    return n;
}
